namespace Retort.Runtime.Text;

/// <summary>Tells another sink of tokens with offsets into the UTF-8 that a text was decoded from.</summary>
/// <param name="sink">Receives the tokens.</param>
/// <param name="offsets">(code units + 1) Where each UTF-16 code unit of the decoded text begins in the UTF-8.</param>
internal ref struct Utf8OffsetSink<TSink>(TSink sink, ReadOnlySpan<int> offsets) : ITokenSink
    where TSink : struct, ITokenSink, allows ref struct
{
    private readonly ReadOnlySpan<int> _offsets = offsets;

    public TSink Sink = sink;

    public bool Add(int id, int start, int end) => Sink.Add(id, _offsets[start], _offsets[end]);
}
