using System.Runtime.CompilerServices;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// The rows of tokens, folded when they are first met, or all beforehand. The most frequent tokens, those of the lowest ids,
/// have a place of their own within the budget; the rest are folded for each text that needs them. Thread-safe: two threads
/// that fold one token write the same bytes.
/// </summary>
internal sealed class TokenRows
{
    private readonly AlignedRows _rows;
    private readonly bool[] _ready;
    private readonly int _rowLength;
    private (EmbeddingTable Embeddings, RowFolder Folder)? _source;

    /// <param name="files">An open student.</param>
    /// <param name="tables">How rows are stored.</param>
    /// <param name="budget">The most bytes of rows to keep.</param>
    public TokenRows(StudentFiles files, Tables tables, long budget)
    {
        Tables = tables;
        var folder = new RowFolder(files, tables.Channels);
        _source = (new EmbeddingTable(files), folder);
        _rowLength = folder.RowLength;
        Resident = (int)Math.Min(budget / tables.RowBytes, files.Config.Shape.VocabularySize);
        _rows = new AlignedRows(Resident, tables.RowBytes);
        _ready = new bool[Resident];
    }

    public Tables Tables { get; }

    /// <summary>Tokens that have a place of their own.</summary>
    public int Resident { get; }

    /// <summary>Where a token's row stands, or 0 where it is not folded yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Find(int id) => (uint)id < (uint)_ready.Length && Volatile.Read(ref _ready[id]) ? _rows[id] : 0;

    /// <summary>The place of a resident token, folded or not.</summary>
    public nint PlaceOf(int id) => _rows[id];

    /// <summary>Folds tokens into places.</summary>
    /// <param name="ids">At most <see cref="FoldBuffers.Tokens"/>.</param>
    /// <param name="places">Where each row goes.</param>
    /// <param name="buffers">The caller's.</param>
    public void Fold(ReadOnlySpan<int> ids, ReadOnlySpan<nint> places, FoldBuffers buffers)
    {
        int width = Tables.Shape.EmbeddingWidth;
        (EmbeddingTable embeddings, RowFolder folder) = _source ?? throw new InvalidOperationException("every token is folded already");
        for (int k = 0; k < ids.Length; k++)
            buffers.Scales[k] = embeddings.Read(ids[k], buffers.Embeddings.AsSpan(k * width, width), folder.IsInteger);
        folder.Fold(buffers.Embeddings.AsSpan(0, ids.Length * width), buffers.Scales.AsSpan(0, ids.Length), buffers.Rows);
        for (int k = 0; k < ids.Length; k++)
        {
            Tables.Write(buffers.Rows.AsSpan(k * _rowLength, _rowLength), places[k]);
            if (ids[k] < Resident)
                Volatile.Write(ref _ready[ids[k]], true);
        }
    }

    /// <summary>
    /// Folds every resident token on all processors, before anything else is asked. Their embeddings are let go, and the
    /// filters where no token is left.
    /// </summary>
    public void FoldAll()
    {
        Batch.Run((Resident + FoldBuffers.Tokens - 1) / FoldBuffers.Tokens, 1, Environment.ProcessorCount, () =>
        {
            FoldBuffers buffers = NewBuffers();
            return batch => FoldFrom(batch * FoldBuffers.Tokens, buffers);
        });
        if (Resident == Tables.Shape.VocabularySize)
            _source = null;
        else if (_source is { } source)
            _source = (source.Embeddings.From(Resident), source.Folder);
    }

    private void FoldFrom(int first, FoldBuffers buffers)
    {
        int count = Math.Min(FoldBuffers.Tokens, Resident - first);
        Span<int> ids = stackalloc int[FoldBuffers.Tokens];
        Span<nint> places = stackalloc nint[FoldBuffers.Tokens];
        for (int k = 0; k < count; k++)
            (ids[k], places[k]) = (first + k, _rows[first + k]);
        Fold(ids[..count], places[..count], buffers);
    }

    /// <summary>Buffers for <see cref="Fold"/>.</summary>
    public FoldBuffers NewBuffers() => new(Tables.Shape.EmbeddingWidth, _rowLength);
}

/// <summary>What folding a few tokens at once writes to on its way.</summary>
internal sealed class FoldBuffers(int width, int rowLength)
{
    /// <summary>Tokens that are folded at once.</summary>
    public const int Tokens = 16;

    /// <summary>(tokens, width)</summary>
    public float[] Embeddings { get; } = new float[Tokens * width];

    /// <summary>(tokens)</summary>
    public float[] Scales { get; } = new float[Tokens];

    /// <summary>(tokens, row length)</summary>
    public float[] Rows { get; } = new float[checked(Tokens * rowLength)];
}
