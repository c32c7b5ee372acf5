using System.Collections;
using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Students;

/// <summary>
/// Many texts as the student reads them, in temporary memory-mapped files: the token ids of all, int32, one text behind the
/// other, and where each begins, int64. Reading is thread-safe.
/// </summary>
internal sealed class EncodedTexts : IReadOnlyList<int[]>, IDisposable
{
    private const int Block = 1 << 14;

    private readonly MappedArray<int> _ids;
    private readonly MappedArray<long> _offsets;

    private EncodedTexts(MappedArray<int> ids, MappedArray<long> offsets)
    {
        (_ids, _offsets) = (ids, offsets);
        Lengths = new LengthList(offsets);
    }

    public int Count => Lengths.Count;

    /// <summary>The tokens of each text.</summary>
    public IReadOnlyList<int> Lengths { get; }

    public int[] this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            return _ids.Slice(_offsets[index], Lengths[index]).ToArray();
        }
    }

    /// <summary>Encodes texts on all processors, in order.</summary>
    /// <param name="encoder">Encodes one.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="folder">Where the files stand until they are closed.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static EncodedTexts Of(StudentEncoder encoder, IReadOnlyList<string> texts, string folder, CancellationToken cancellation)
    {
        MappedArray<long>? offsets = null;
        try
        {
            var ids = MappedArray<int>.Temporary(folder, file => offsets = MappedArray<long>.Temporary(folder, ends => Write(encoder, texts, file, ends, cancellation)));
            return new EncodedTexts(ids, offsets!);
        }
        catch
        {
            offsets?.Dispose();
            throw;
        }
    }

    public IEnumerator<int[]> GetEnumerator()
    {
        for (int k = 0; k < Count; k++)
            yield return this[k];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        _ids.Dispose();
        _offsets.Dispose();
    }

    private static void Write(StudentEncoder encoder, IReadOnlyList<string> texts, Stream ids, Stream offsets, CancellationToken cancellation)
    {
        long end = 0;
        offsets.Write(MemoryMarshal.AsBytes([end]));
        for (int start = 0; start < texts.Count; start += Block)
        {
            int from = start;
            int[][] block = new int[Math.Min(Block, texts.Count - start)][];
            Parallel.For(0, block.Length, new ParallelOptions { CancellationToken = cancellation }, k => block[k] = encoder.Encode(texts[from + k]));
            foreach (int[] text in block)
            {
                ids.Write(MemoryMarshal.AsBytes(text.AsSpan()));
                end += text.Length;
                offsets.Write(MemoryMarshal.AsBytes([end]));
            }
        }
    }

    private sealed class LengthList(MappedArray<long> offsets) : IReadOnlyList<int>
    {
        public int Count { get; } = (int)(offsets.Length - 1);

        public int this[int index] => (int)(offsets[index + 1L] - offsets[index]);

        public IEnumerator<int> GetEnumerator()
        {
            for (int k = 0; k < Count; k++)
                yield return this[k];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
