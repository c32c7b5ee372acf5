using System.Numerics;
using System.Runtime.CompilerServices;

namespace Retort.Runtime.Text;

/// <summary>
/// Those tokens of a vocabulary that are a few ASCII letters and digits, which most words of most texts are made of: a
/// hash table (multiplicative hashing, linear probing) whose keys lie in it, so that a word is found in one line of the
/// cache.
/// </summary>
internal sealed class ShortWords
{
    private const uint BitsPerSlot = 8;
    private const ulong LowFactor = 0x9E3779B97F4A7C15, HighFactor = 0xC2B2AE3D27D4EB4F;

    private readonly Slot[] _slots;

    // A bit is set if the hash of some token begins with its place. It spares most looks at the slots, which take much
    // more room in the cache, for what is no token.
    private readonly byte[] _filter;
    private readonly int _filterShift;

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
        _filter = new byte[1 << bits];
        _filterShift = 64 - BitOperations.Log2(BitsPerSlot) - bits;
        foreach (Slot entry in entries)
            Insert(entry);
    }

    /// <summary>The id of a token, or −1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Find(ShortWord word)
    {
        ulong hash = Hash(word);
        return MayHold(hash) ? Find(word, hash) : -1;
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
        for (taken = length; taken > sizeof(ulong); taken--)
        {
            ShortWord head = rest.Take(taken);
            if (Find(inside ? head.Inside : head) is >= 0 and int id)
                return id;
        }
        return FindLongest(rest.Low, inside ? default(ShortWord).Inside.High : 0, ref taken);
    }

    // The same for what fits into one register, which is most: half the work for a length.
    private int FindLongest(ulong rest, ulong mark, ref int taken)
    {
        ulong mask = ulong.MaxValue >> (64 - 8 * taken), markHash = mark * HighFactor;
        for (int length = taken; length > 0; length--, mask >>= 8)
        {
            ulong hash = (rest & mask) * LowFactor + markHash;
            if (MayHold(hash) && Find(new ShortWord(rest & mask, mark), hash) is >= 0 and int id)
            {
                taken = length;
                return id;
            }
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayHold(ulong hash)
    {
        uint bit = (uint)(hash >> _filterShift);
        return (_filter[bit / BitsPerSlot] >> (int)(bit % BitsPerSlot) & 1) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ShortWord word, ulong hash)
    {
        Slot[] slots = _slots;
        for (uint at = (uint)(hash >> _filterShift) / BitsPerSlot; ; at++)
        {
            ref readonly Slot slot = ref slots[(int)(at & (uint)(slots.Length - 1))];
            if (slot.Word == word)
                return slot.Id;
            if (slot.Word == default)
                return -1;
        }
    }

    private static ulong Hash(ShortWord word) => word.Low * LowFactor + word.High * HighFactor;

    private void Insert(Slot entry)
    {
        uint bit = (uint)(Hash(entry.Word) >> _filterShift);
        _filter[bit / BitsPerSlot] |= (byte)(1 << (int)(bit % BitsPerSlot));
        uint at = bit / BitsPerSlot;
        while (_slots[(int)(at & (uint)(_slots.Length - 1))].Word != default)
            at++;
        _slots[(int)(at & (uint)(_slots.Length - 1))] = entry;
    }

    private readonly record struct Slot(ShortWord Word, int Id);
}
