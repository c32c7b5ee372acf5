namespace Retort.Runtime.Text;

/// <summary>
/// Combining marks since the last starter, to be put into canonical order (Unicode Standard, 3.11). Grows beyond the
/// caller's scratch only for more marks than any language writes.
/// </summary>
internal ref struct CombiningRun(Span<ulong> marks, Span<Extent> sources)
{
    public const int Scratch = 16;
    private const int ClassShift = 56, IndexShift = 22;
    private const ulong InsertedBit = 1UL << 21;

    // Class, index and then character, so that sorting the numbers sorts by class and is stable.
    private Span<ulong> _marks = marks;
    private Span<Extent> _sources = sources;
    private Extent _before;
    private int _sourceCount;

    public int Count { get; private set; }

    /// <summary>Adds a mark.</summary>
    /// <param name="c">The code point.</param>
    /// <param name="inserted">It is not the first part of a decomposition.</param>
    /// <param name="source">Where the character that it comes from stands.</param>
    public void Add(int c, bool inserted, Extent source)
    {
        if (Count == _marks.Length)
        {
            Grow(ref _marks);
            Grow(ref _sources);
        }
        if (!inserted)
            _sources[_sourceCount++] = source;
        else if (Count == 0)
            _before = source;
        _marks[Count] = (ulong)Characters.CombiningClass(c) << ClassShift | (ulong)Count << IndexShift
            | (inserted ? InsertedBit : 0) | (uint)c;
        Count++;
    }

    /// <summary>Puts the marks into canonical order.</summary>
    public readonly void Sort() => _marks[..Count].Sort();

    /// <summary>
    /// The mark at a place of the sorted run, with its extent. The reference reorders characters but not their extents:
    /// the n-th mark that is a first part takes the n-th extent, another takes that of the first part before it.
    /// </summary>
    public readonly int At(int place, ref int firstParts, out Extent extent)
    {
        ulong mark = _marks[place];
        if ((mark & InsertedBit) == 0)
            firstParts++;
        extent = firstParts == 0 ? _before : _sources[firstParts - 1];
        return (int)(mark & (InsertedBit - 1));
    }

    public void Clear() => (Count, _sourceCount, _before) = (0, 0, default);

    private static void Grow<T>(ref Span<T> span)
    {
        var larger = new T[span.Length * 2];
        span.CopyTo(larger);
        span = larger;
    }
}
