using System.Runtime.CompilerServices;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>The n-grams of a text. Rows are found, and asked for from memory, before they are summed.</summary>
internal sealed unsafe class NgramPass(NgramTable table)
{
    private const int None = -1;

    private readonly nint[] _bigrams = GC.AllocateArray<nint>(TextPass.Chunk, pinned: true);
    private readonly nint[] _trigrams = GC.AllocateArray<nint>(TextPass.Chunk, pinned: true);
    private readonly double[] _totals = new double[NgramHash.Orders * table.Width];
    private int _secondLast, _last, _bigramCount, _trigramCount;

    public void Begin()
    {
        (_secondLast, _last) = (None, None);
        _totals.AsSpan().Clear();
    }

    public void Find(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            if (_last != None)
                Take(table.Bigram(_last, id), _bigrams, ref _bigramCount);
            if (_secondLast != None)
                Take(table.Trigram(_secondLast, _last, id), _trigrams, ref _trigramCount);
            (_secondLast, _last) = (_last, id);
        }
    }

    public void Sum()
    {
        table.Add((nint*)Unsafe.AsPointer(ref _bigrams[0]), _bigramCount, _totals.AsSpan(0, table.Width));
        table.Add((nint*)Unsafe.AsPointer(ref _trigrams[0]), _trigramCount, _totals.AsSpan(table.Width));
        (_bigramCount, _trigramCount) = (0, 0);
    }

    /// <summary>Writes bigrams and trigrams as the last features.</summary>
    public void WriteFeatures(Span<float> features, long tokens)
    {
        Span<float> own = features[^(NgramHash.Orders * table.Width)..];
        table.WriteFeatures(_totals.AsSpan(0, table.Width), own, tokens);
        table.WriteFeatures(_totals.AsSpan(table.Width), own[table.Width..], tokens);
    }

    private void Take(nint row, nint[] rows, ref int count)
    {
        if (row == 0)
            return;
        Prefetch.Row(row, table.RowBytes);
        rows[count++] = row;
    }
}
