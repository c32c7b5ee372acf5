using System.Numerics;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Finds signatures that agree, among those added, by locality-sensitive hashing: cut into bands, two signatures are compared
/// only where they have a band in common (Indyk and Motwani 1998; Leskovec, Rajaraman and Ullman, "Mining of massive
/// datasets", chapter 3). Takes about 150 bytes for each signature and 8 to 12 a band: at a threshold of 0.8 some 350.
/// </summary>
internal sealed class SignatureIndex
{
    // A pair exactly at the threshold is compared with at least this probability; one more alike with a larger one.
    private const double Recall = 0.98;

    // The latest in a bucket that are looked at: with it the cost of one look-up has a bound.
    private const int Longest = 64;

    // How far below the threshold a signature's agreement may fall by chance, in standard deviations.
    private const double Deviations = 3;

    private readonly int _rows;
    private readonly int _least;
    private readonly uint _mask;
    private readonly int[][] _heads;
    private readonly int[][] _next;
    private readonly List<byte[]> _bytes = [];
    private readonly List<int> _ids = [];

    /// <param name="threshold">The Jaccard likeness to find, above 0 to 1.</param>
    /// <param name="capacity">The most signatures that will be added.</param>
    public SignatureIndex(double threshold, int capacity)
    {
        _rows = BandRows(threshold);
        _least = (int)Math.Ceiling(MinHash.Length * threshold - Deviations * Math.Sqrt(MinHash.Length * threshold * (1 - threshold)));
        _mask = BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 1)) - 1;
        int bands = MinHash.Length / _rows;
        _heads = [.. Enumerable.Range(0, bands).Select(_ => Filled((int)_mask + 1))];
        _next = [.. Enumerable.Range(0, bands).Select(_ => new int[capacity])];
    }

    /// <summary>Numbers in a band: as many as leave the recall, since the more there are, the fewer are compared for nothing.</summary>
    internal static int BandRows(double threshold)
    {
        int rows = MinHash.Length;
        while (rows > 1 && 1 - Math.Pow(1 - Math.Pow(threshold, rows), MinHash.Length / rows) < Recall)
            rows--;
        return rows;
    }

    public void Add(uint[] signature, int id)
    {
        int place = _ids.Count;
        _ids.Add(id);
        _bytes.Add(Bytes(signature));
        for (int band = 0; band < _heads.Length; band++)
        {
            ref int head = ref _heads[band][Bucket(signature, band)];
            (_next[band][place], head) = (head, place);
        }
    }

    /// <summary>The ids of those that agree about so much as the threshold asks for, each once.</summary>
    public IEnumerable<int> Candidates(uint[] signature)
    {
        byte[] bytes = Bytes(signature);
        var seen = new HashSet<int>();
        for (int band = 0; band < _heads.Length; band++)
        {
            int place = _heads[band][Bucket(signature, band)];
            for (int k = 0; k < Longest && place >= 0; k++, place = _next[band][place])
            {
                if (Agreement(bytes, _bytes[place]) >= _least && seen.Add(place))
                    yield return _ids[place];
            }
        }
    }

    private static int Agreement(byte[] a, byte[] b)
    {
        int same = 0;
        for (int k = 0; k < a.Length; k++)
            same += a[k] == b[k] ? 1 : 0;
        return same;
    }

    private uint Bucket(uint[] signature, int band)
    {
        ulong hash = 0;
        foreach (uint part in signature.AsSpan(band * _rows, _rows))
            hash = BitOperations.RotateLeft((hash ^ part) * 0x9E3779B97F4A7C15, 29);
        return (uint)hash & _mask;
    }

    // The high bits: multiplying mixes into them. One in 256 agrees by chance.
    private static byte[] Bytes(uint[] signature) => Array.ConvertAll(signature, part => (byte)(part >> 24));

    private static int[] Filled(int length)
    {
        int[] places = new int[length];
        Array.Fill(places, -1);
        return places;
    }
}
