using System.Numerics;
using System.Runtime.CompilerServices;

namespace Retort.Runtime.Text;

/// <summary>
/// Those tokens of a vocabulary that are a few ASCII letters and digits, which most words of most texts are made of: a
/// hash table whose keys lie in it, so that a word is found in one line of the cache.
/// </summary>
internal sealed class ShortWords
{
    private const int LengthBits = 13, Prefix = 3;
    private const uint AlwaysTried = (1 << Prefix) - 1 - 1;
    private const ulong LowFactor = 0x9E3779B97F4A7C15, HighFactor = 0xC2B2AE3D27D4EB4F;

    private readonly Slot[] _slots;
    private readonly int _shift;

    // Bit n: some token with this prefix, or one that shares its place, has n letters.
    private readonly ushort[] _lengths = new ushort[1 << LengthBits];

    public ShortWords(Vocabulary vocabulary, string continuationPrefix)
    {
        var entries = new List<Slot>();
        for (int id = 0; id < vocabulary.Count; id++)
        {
            string token = vocabulary[id];
            if (ShortWord.TryCreate(token, out ShortWord start))
                entries.Add(new(start, id));
            if (token.StartsWith(continuationPrefix, StringComparison.Ordinal)
                && ShortWord.TryCreate(token.AsSpan(continuationPrefix.Length), out ShortWord rest))
                entries.Add(new(rest.Inside, id));
        }
        int bits = Math.Max(1, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)entries.Count * 2 + 1)));
        _slots = new Slot[1 << bits];
        _shift = 64 - bits;
        foreach (Slot entry in entries)
            Insert(entry);
    }

    /// <summary>The id of a token, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ShortWord word)
    {
        Slot[] slots = _slots;
        for (uint at = (uint)(Hash(word) >> _shift); ; at++)
        {
            ref readonly Slot slot = ref slots[(int)(at & (uint)(slots.Length - 1))];
            if (slot.Word == word)
                return slot.Id;
            if (slot.Word == default)
                return -1;
        }
    }

    /// <summary>Finds the pieces of a word: the longest tokens, from left to right.</summary>
    /// <param name="word">The normalized word.</param>
    /// <param name="length">The number of its letters.</param>
    /// <param name="pieces">(<see cref="ShortWord.MaxLength"/>) Receives the pieces.</param>
    /// <returns>The number of pieces; 0 where a part of the word has none.</returns>
    public int Spell(ShortWord word, int length, Span<Piece> pieces)
    {
        int count = 0;
        for (int start = 0; start < length;)
        {
            int id = FindLongest(word.Skip(start), length - start, start > 0, out int taken);
            if (id < 0)
                return 0;
            start += taken;
            pieces[count++] = new Piece(id, start);
        }
        return count;
    }

    private int FindLongest(ShortWord rest, int length, bool inside, out int taken)
    {
        uint lengths = (_lengths[PlaceOf(rest, inside)] | AlwaysTried) & ((2u << length) - 1);
        while (lengths != 0)
        {
            taken = BitOperations.Log2(lengths);
            ShortWord head = rest.Take(taken);
            int id = Find(inside ? head.Inside : head);
            if (id >= 0)
                return id;
            lengths ^= 1u << taken;
        }
        taken = 0;
        return -1;
    }

    private static ulong Hash(ShortWord word) => word.Low * LowFactor + word.High * HighFactor;

    private static int PlaceOf(ShortWord word, bool inside)
    {
        ulong prefix = word.Take(Prefix).Low << 1 | (inside ? 1u : 0);
        return (int)(prefix * LowFactor >> (64 - LengthBits));
    }

    private void Insert(Slot entry)
    {
        bool inside = entry.Word != entry.Word.Take(ShortWord.MaxLength);
        ShortWord letters = entry.Word.Take(ShortWord.MaxLength);
        _lengths[PlaceOf(letters, inside)] |= (ushort)(1 << letters.Length);
        uint at = (uint)(Hash(entry.Word) >> _shift);
        while (_slots[(int)(at & (uint)(_slots.Length - 1))].Word != default)
            at++;
        _slots[(int)(at & (uint)(_slots.Length - 1))] = entry;
    }

    private readonly record struct Slot(ShortWord Word, int Id);
}
