using System.Numerics;

namespace Retort.Runtime.Model;

/// <summary>
/// Which buckets of hashed n-grams have a row in a student's table, and which row: every bucket its own, or some of them, whose rows stand in the order of the buckets. Immutable
/// and thread-safe.
/// </summary>
public sealed class NgramIndex
{
    /// <summary>What stands for the row of a bucket that has none.</summary>
    public const int None = -1;

    private const int WordBits = 64, ByteBits = 8;

    // Null: every bucket has a row.
    private readonly Word[]? _words;

    private NgramIndex(int buckets, int rows, Word[]? words) => (Buckets, Rows, _words) = (buckets, rows, words);

    /// <summary>How many buckets there are.</summary>
    public int Buckets { get; }

    /// <summary>How many of them have a row.</summary>
    public int Rows { get; }

    /// <summary>Whether every bucket has a row.</summary>
    public bool IsFull => _words is null;

    /// <summary>The row of a bucket, or <see cref="None"/>.</summary>
    public int this[int bucket] => Find(bucket, out int row) == 0 ? None : row;

    /// <summary>The row of a bigram, or <see cref="None"/>.</summary>
    public int Bigram(int a, int b) => this[(int)NgramHash.Bigram(a, b, Buckets)];

    /// <summary>The row of a trigram, or <see cref="None"/>.</summary>
    public int Trigram(int a, int b, int c) => this[(int)NgramHash.Trigram(a, b, c, Buckets)];

    /// <summary>How many rows a bucket has, 1 or 0, and how many rows the buckets before it have, which is the number of its own. Asks nothing that a processor would have to guess.</summary>
    internal int Find(int bucket, out int row)
    {
        if (_words is null)
        {
            row = bucket;
            return 1;
        }
        Word word = _words[bucket / WordBits];
        row = word.Before + BitOperations.PopCount(word.Kept & (1UL << bucket % WordBits) - 1);
        return (int)(word.Kept >> bucket % WordBits) & 1;
    }

    /// <summary>The rows of a text's bigrams, then of its trigrams, those of n-grams without one left out: each with 0 for a bigram and 1 for a trigram.</summary>
    internal IEnumerable<(int Row, int Order)> RowsOf(int[] ids)
    {
        for (int k = 1; k < ids.Length; k++)
        {
            if (Bigram(ids[k - 1], ids[k]) is var row && row != None)
                yield return (row, 0);
        }
        for (int k = 2; k < ids.Length; k++)
        {
            if (Trigram(ids[k - 2], ids[k - 1], ids[k]) is var row && row != None)
                yield return (row, 1);
        }
    }

    /// <summary>(rows) how often texts, as token ids, use each row.</summary>
    internal long[] UsesBy(IEnumerable<int[]> texts)
    {
        long[] uses = new long[Rows];
        foreach ((int row, _) in texts.SelectMany(RowsOf))
            uses[row]++;
        return uses;
    }

    /// <summary>Every bucket has a row.</summary>
    public static NgramIndex All(int buckets) => new(buckets, buckets, null);

    /// <summary>Some buckets have a row.</summary>
    /// <param name="buckets">How many buckets there are.</param>
    /// <param name="kept">Bytes of <see cref="ByteCount"/>: bit k of byte b says whether bucket 8b + k has a row.</param>
    /// <exception cref="InvalidDataException">There are more or fewer bytes, or a bit behind the last bucket is set.</exception>
    public static NgramIndex Some(int buckets, ReadOnlySpan<byte> kept)
    {
        if (kept.Length != ByteCount(buckets))
            throw new InvalidDataException($"{kept.Length} bytes say which of {buckets} buckets have a row; expected {ByteCount(buckets)}");
        if (buckets % ByteBits != 0 && kept[^1] >> buckets % ByteBits != 0)
            throw new InvalidDataException($"a bucket behind the last of {buckets} is said to have a row");
        var words = new Word[((long)buckets + WordBits - 1) / WordBits];
        int rows = 0;
        for (int word = 0; word < words.Length; word++)
        {
            ulong bits = 0;
            for (int b = word * sizeof(ulong); b < Math.Min(kept.Length, (word + 1) * sizeof(ulong)); b++)
                bits |= (ulong)kept[b] << b % sizeof(ulong) * ByteBits;
            words[word] = new Word(bits, rows);
            rows += BitOperations.PopCount(bits);
        }
        return new NgramIndex(buckets, rows, words);
    }

    /// <summary>The same buckets with some of the rows.</summary>
    /// <param name="kept">(rows) which ones stay.</param>
    public NgramIndex Keep(IReadOnlyList<bool> kept) => Some(Buckets, Bits(row => kept[row]));

    /// <summary>The bytes that say which buckets have a row: see <see cref="Some"/>.</summary>
    public byte[] ToBytes() => Bits(_ => true);

    /// <summary>How many bytes have a bit for each bucket.</summary>
    internal static int ByteCount(int buckets) => (int)(((long)buckets + ByteBits - 1) / ByteBits);

    private byte[] Bits(Predicate<int> isKept)
    {
        byte[] bytes = new byte[ByteCount(Buckets)];
        for (int bucket = 0; bucket < Buckets; bucket++)
        {
            if (this[bucket] is var row && row != None && isKept(row))
                bytes[bucket / ByteBits] |= (byte)(1 << bucket % ByteBits);
        }
        return bytes;
    }

    /// <param name="Kept">A bit for each of its buckets: whether it has a row.</param>
    /// <param name="Before">Rows of the buckets before them.</param>
    private readonly record struct Word(ulong Kept, int Before);
}
