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
        (int secondLast, int last, int bigrams, int trigrams) = (_secondLast, _last, 0, 0);
        foreach (int id in ids)
        {
            // The place of an n-gram without a row is written too, and then overwritten: which ones have a row cannot be foreseen.
            if (last != None)
                bigrams += table.Bigram(last, id, out _bigrams[bigrams]);
            if (secondLast != None)
                trigrams += table.Trigram(secondLast, last, id, out _trigrams[trigrams]);
            (secondLast, last) = (last, id);
        }
        (_secondLast, _last, _bigramCount, _trigramCount) = (secondLast, last, bigrams, trigrams);
        Ask(_bigrams.AsSpan(0, bigrams));
        Ask(_trigrams.AsSpan(0, trigrams));
    }

    public void Sum()
    {
        table.Add((nint*)Unsafe.AsPointer(ref _bigrams[0]), _bigramCount, _totals.AsSpan(0, table.Width));
        table.Add((nint*)Unsafe.AsPointer(ref _trigrams[0]), _trigramCount, _totals.AsSpan(table.Width));
    }

    /// <summary>Writes bigrams and trigrams as the last features.</summary>
    public void WriteFeatures(Span<float> features, long tokens)
    {
        Span<float> own = features[^(NgramHash.Orders * table.Width)..];
        table.WriteFeatures(_totals.AsSpan(0, table.Width), own, tokens);
        table.WriteFeatures(_totals.AsSpan(table.Width), own[table.Width..], tokens);
    }

    private void Ask(ReadOnlySpan<nint> rows)
    {
        foreach (nint row in rows)
            Prefetch.Row(row, table.RowBytes);
    }
}
