using System.Text;
using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>
/// Byte pair encoding over the bytes of UTF-8 (Sennrich et al. 2016, arXiv:1508.07909): of all neighbours that a merge is known
/// of, the pair that was learnt first is merged first, and of its places the leftmost.
/// </summary>
internal sealed class BytePairs
{
    private readonly int[] _byteIds;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;

    /// <param name="byteIds">(256) the id of each byte.</param>
    /// <param name="merges">Pairs of ids with their rank and the id of what they become.</param>
    public BytePairs(int[] byteIds, Dictionary<(int Left, int Right), (int Rank, int Id)> merges) => (_byteIds, _merges) = (byteIds, merges);

    /// <summary>
    /// How a vocabulary writes a byte: as itself where Latin-1 prints it, else as one of the characters from U+0100 on, in order;
    /// so a blank is Ġ and a line feed Ċ.
    /// </summary>
    public static IReadOnlyList<char> Alphabet { get; } = MakeAlphabet();

    /// <summary>Appends the tokens of a word, each with where it begins and ends among the word's bytes.</summary>
    public void Encode(ReadOnlySpan<char> word, List<Token> tokens)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int count = Encoding.UTF8.GetBytes(word, bytes);
        int[] parts = new int[count], next = new int[count], previous = new int[count];
        var waiting = new PriorityQueue<(int Left, int Right, (int, int) Pair), (int Rank, int Place)>();
        for (int k = 0; k < count; k++)
            (parts[k], next[k], previous[k]) = (_byteIds[bytes[k]], k + 1 < count ? k + 1 : -1, k - 1);
        for (int k = 0; k + 1 < count; k++)
            Consider(k);
        while (waiting.TryDequeue(out (int Left, int Right, (int, int) Pair) entry, out _))
        {
            (int left, int right, (int, int) pair) = entry;
            // Another merge may have taken one of the two meanwhile.
            if (parts[left] < 0 || next[left] != right || (parts[left], parts[right]) != pair)
                continue;
            (parts[left], parts[right], next[left]) = (_merges[pair].Id, -1, next[right]);
            if (next[left] >= 0)
            {
                previous[next[left]] = left;
                Consider(left);
            }
            if (previous[left] >= 0)
                Consider(previous[left]);
        }
        for (int k = 0; k >= 0 && k < count; k = next[k])
            tokens.Add(new Token(parts[k], k, next[k] < 0 ? count : next[k]));

        void Consider(int left)
        {
            (int, int) pair = (parts[left], parts[next[left]]);
            if (_merges.TryGetValue(pair, out (int Rank, int Id) merge))
                waiting.Enqueue((left, next[left], pair), (merge.Rank, left));
        }
    }

    private static char[] MakeAlphabet()
    {
        char[] alphabet = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool isPrinted = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
            alphabet[value] = isPrinted ? (char)value : next++;
        }
        return alphabet;
    }
}
