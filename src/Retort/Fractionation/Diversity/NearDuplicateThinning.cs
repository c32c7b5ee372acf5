using Retort.Transfer;

namespace Retort.Fractionation.Diversity;

/// <summary>
/// Leaves out texts that are nearly one already kept: of as good as the same text ten times over a student learns little
/// more than of one (Lee et al. 2022, "Deduplicating training data makes language models better", arXiv:2107.06499). Alike
/// is the Jaccard likeness of the sets of character trigrams, as where texts like those of dev and test are left out
/// (<see cref="Shingles"/>).
/// </summary>
/// <remarks>
/// <see cref="NearDuplicates"/> misses none, but compares with all texts that share a rare trigram: against a small dev set
/// that is cheap, among a million texts nearly quadratic. Here what is compared is found by <see cref="SignatureIndex"/>, and
/// then measured exactly: none is left out that is less alike than the threshold, and of those exactly at it about one in
/// fifty is missed. Where more than 64 kept texts share a bucket (many texts on one pattern, or a low threshold on very many
/// texts) more are missed: that bounds the cost.
/// </remarks>
internal static class NearDuplicateThinning
{
    private const int Block = 1 << 12;

    /// <summary>
    /// The rows that stay, ascending: of texts alike the first. Costs some 50 µs a text; holds about 350 bytes for each text
    /// that stays, more at lower thresholds.
    /// </summary>
    /// <param name="texts">In the order of preference; read from several threads, and some of them again.</param>
    /// <param name="threshold">Jaccard likeness from 0.5 to 1, from which on a text is left out; 1: the same set of trigrams.</param>
    /// <param name="seed">Draws the hash functions.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static int[] Stay(IReadOnlyList<string> texts, double threshold, long seed, CancellationToken cancellation)
    {
        if (!(threshold is >= 0.5 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "the likeness must be from 0.5 to 1");
        var hashes = new MinHash(seed);
        var kept = new SignatureIndex(threshold, texts.Count);
        var stay = new List<int>();
        for (int start = 0; start < texts.Count; start += Block)
        {
            int from = start;
            var block = new (ulong[] Set, uint[] Signature)[Math.Min(Block, texts.Count - start)];
            Parallel.For(0, block.Length, new ParallelOptions { CancellationToken = cancellation }, k =>
            {
                ulong[] set = Shingles.Of(texts[from + k]);
                block[k] = (set, hashes.Of(set));
            });
            for (int k = 0; k < block.Length; k++)
            {
                if (IsLikeKept(block[k].Set, block[k].Signature))
                    continue;
                stay.Add(from + k);
                if (block[k].Set.Length > 0)
                    kept.Add(block[k].Signature, from + k);
            }
        }
        return [.. stay];

        // A text without a character is like no other.
        bool IsLikeKept(ulong[] set, uint[] signature) => set.Length > 0 && kept.Candidates(signature)
            .Any(row => Shingles.Jaccard(set, Shingles.Of(texts[row])) >= threshold);
    }
}
