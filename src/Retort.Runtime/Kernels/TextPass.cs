using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// One text on its way from tokens to logits, in chunks, so that a text of any length needs the same memory. Used again for
/// text after text; not thread-safe.
/// </summary>
internal sealed unsafe class TextPass
{
    /// <summary>Tokens that are treated at once.</summary>
    public const int Chunk = 128;

    private readonly StudentCore _core;
    private readonly TokenRows _tokens;
    private readonly Accumulator _accumulator;
    private readonly TailRows? _tail;
    private readonly int[] _ids = new int[Chunk];
    private readonly nint[] _rows;
    private readonly byte[] _zeros;
    private readonly NgramPass? _ngrams;
    private readonly MissingRows _missing;
    private readonly float[] _features, _hidden, _logits;
    private int _count, _filled;

    public TextPass(StudentCore core)
    {
        (_core, _tokens) = (core, core.Tokens);
        Tables tables = _tokens.Tables;
        int around = tables.LeftMost + tables.RightMost;
        _accumulator = tables.NewAccumulator();
        _rows = GC.AllocateArray<nint>(around + Chunk + tables.RightMost, pinned: true);
        _zeros = GC.AllocateArray<byte>(tables.RowBytes, pinned: true);
        _ngrams = core.Ngrams is null ? null : new NgramPass(core.Ngrams);
        _missing = new MissingRows(_tokens);
        if (_tokens.Resident < tables.Shape.VocabularySize)
            _tail = new TailRows(Chunk + around, tables.RowBytes);
        _features = new float[DenseLayer.Padded(tables.Shape.PooledWidth)];
        _hidden = new float[DenseLayer.Padded(tables.Shape.HiddenWidth)];
        _logits = new float[tables.Shape.Classes];
    }

    /// <summary>Tokens of the text so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Begins a text.</summary>
    public void Begin()
    {
        (_count, Tokens, _filled) = (0, 0, _tokens.Tables.LeftMost);
        _rows.AsSpan(0, _filled).Fill(Address(_zeros));
        _accumulator.Reset();
        _ngrams?.Begin();
    }

    /// <summary>Takes the next token.</summary>
    /// <returns>Whether more are wanted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(int id)
    {
        _ids[_count++] = id;
        if (_count == Chunk)
            TakeChunk(0);
        return ++Tokens < _core.MaxLength;
    }

    /// <summary>Ends the text.</summary>
    /// <returns>(classes) the logits, the caller's until the next text.</returns>
    /// <exception cref="InvalidDataException">The student's weights are beyond what single precision can add up.</exception>
    public Span<float> End()
    {
        if (Tokens == 0)
            _features.AsSpan().Clear();
        else
            WriteFeatures();
        ReadOnlySpan<float> inputs = _features;
        if (_core.Hidden is { } hidden)
        {
            hidden.Apply(_features, _hidden);
            foreach (ref float unit in _hidden.AsSpan())
                unit = Math.Max(unit, 0);
            inputs = _hidden;
        }
        _core.Classifier.Apply(inputs, _logits);
        GC.KeepAlive(this);
        return Exponents.AreFinite(_logits) ? _logits
            : throw new InvalidDataException("the student's weights are so large that a logit is not finite: it cannot be used");
    }

    private void WriteFeatures()
    {
        TakeChunk(_tokens.Tables.RightMost);
        Span<float> features = _features.AsSpan(0, _tokens.Tables.Shape.PooledWidth);
        _accumulator.WriteFeatures(features, Tokens);
        _ngrams?.WriteFeatures(features, Tokens);
    }

    /// <summary>Pools every position whose surroundings are known.</summary>
    /// <param name="behind">Rows of zeros behind the last token.</param>
    private void TakeChunk(int behind)
    {
        FindRows();
        _ngrams?.Find(_ids.AsSpan(0, _count));
        _filled += _count;
        _count = 0;
        _rows.AsSpan(_filled, behind).Fill(Address(_zeros));
        _filled += behind;
        int around = _tokens.Tables.LeftMost + _tokens.Tables.RightMost, positions = _filled - around;
        if (positions > 0)
        {
            _accumulator.Pool((nint*)Address(_rows), positions);
            _rows.AsSpan(positions, around).CopyTo(_rows);
            _filled = around;
        }
        _ngrams?.Sum();
    }

    private void FindRows()
    {
        Span<nint> rows = _rows.AsSpan(_filled, _count);
        int bytes = _tokens.Tables.RowBytes;
        for (int k = 0; k < rows.Length; k++)
        {
            nint row = _tokens.Find(_ids[k]);
            if (row == 0)
                row = Place(_ids[k]);
            else
                Prefetch.Row(row, bytes);
            rows[k] = row;
        }
        _missing.Fold();
    }

    private nint Place(int id)
    {
        nint place;
        if (id < _tokens.Resident)
        {
            place = _tokens.PlaceOf(id);
            if (_missing.Contains(id))
                return place;
        }
        else if (_tail!.Find(id) is var known and not 0)
        {
            // It may be one of those that wait.
            _missing.Fold();
            return _tail.Copy(id, known);
        }
        else
        {
            place = _tail.Take(id);
        }
        _missing.Add(id, place);
        return place;
    }

    private static nint Address<T>(T[] pinned) where T : unmanaged =>
        (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}
