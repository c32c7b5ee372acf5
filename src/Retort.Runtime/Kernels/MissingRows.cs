namespace Retort.Runtime.Kernels;

/// <summary>Tokens that wait to be folded together.</summary>
internal sealed class MissingRows(TokenRows tokens)
{
    private readonly int[] _ids = new int[FoldBuffers.Tokens];
    private readonly nint[] _places = new nint[FoldBuffers.Tokens];
    private FoldBuffers? _buffers;
    private int _count;

    public bool Contains(int id) => _ids.AsSpan(0, _count).Contains(id);

    public void Add(int id, nint place)
    {
        (_ids[_count], _places[_count]) = (id, place);
        if (++_count == FoldBuffers.Tokens)
            Fold();
    }

    public void Fold()
    {
        if (_count == 0)
            return;
        tokens.Fold(_ids.AsSpan(0, _count), _places.AsSpan(0, _count), _buffers ??= tokens.NewBuffers());
        _count = 0;
    }
}
