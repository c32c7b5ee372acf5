using Retort.Fractionation.Diversity;
using Retort.Runs;
using Retort.Transfer;

namespace Retort.Tests.Fractionation.Diversity;

public sealed class NearDuplicateThinningTests
{
    [Fact]
    public void Of_texts_alike_the_first_stays()
    {
        string[] texts =
        [
            "The hotel was clean and the staff were friendly and helpful.", "Never again.",
            "The hotel was clean and the staff were friendly and helpfull!", "the  HOTEL was clean and the staff were friendly and helpful.",
            "The breakfast was cold and the staff were rude and slow.", "Never again.", "", "",
        ];
        Assert.Equal([0, 1, 4, 6, 7], Stay(texts, 0.8));
        // Case and blanks are folded: that is one set of trigrams.
        Assert.Equal([0, 1, 2, 4, 6, 7], Stay(texts, 1));
        Assert.Empty(Stay([], 0.8));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.7)]
    [InlineData(0.9)]
    public void Those_that_stay_are_nearly_those_of_brute_force_and_none_goes_without_cause(double threshold)
    {
        string[] texts = Variants(300, 4);
        int[] stay = Stay(texts, threshold);
        ulong[][] sets = [.. texts.Select(Shingles.Of)];
        HashSet<int> kept = [];
        foreach (int row in Enumerable.Range(0, texts.Length))
        {
            bool alike = kept.Any(other => Shingles.Jaccard(sets[row], sets[other]) >= threshold);
            if (stay.Contains(row))
                kept.Add(row);
            else
                Assert.True(alike, texts[row]);
        }
        int missed = stay.Count(row => stay.TakeWhile(other => other < row).Any(other => Shingles.Jaccard(sets[row], sets[other]) >= threshold));
        int left = texts.Length - stay.Length;
        Assert.True(left > 100, $"{left} are left out");
        // A recall of at least 0.98 for each pair: three standard deviations.
        Assert.InRange(missed, 0, 0.02 * left + 3 * Math.Sqrt(0.02 * left));
    }

    [Fact]
    public void The_same_seed_leaves_the_same_texts()
    {
        string[] texts = Variants(200, 3);
        Assert.Equal(Stay(texts, 0.8), Stay(texts, 0.8));
    }

    [Theory]
    [InlineData(0.49)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_threshold_out_of_range_is_refused(double threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Stay(["a"], threshold));

    [Fact]
    public void It_stops_where_it_is_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        NearDuplicateThinning.Stay(["a"], 0.8, 1, new CancellationToken(true)));

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void Signatures_agree_as_often_as_the_sets_are_alike(double likeness)
    {
        // Of 1,000 members both have so many that the Jaccard likeness comes out.
        int both = (int)(2000 * likeness / (1 + likeness));
        ulong[] a = [.. Enumerable.Range(0, 1000).Select(k => (ulong)k)];
        ulong[] b = [.. a[..both], .. Enumerable.Range(5000, 1000 - both).Select(k => (ulong)k)];
        double agreed = Enumerable.Range(0, 100).Average(seed =>
        {
            var hashes = new MinHash(seed);
            return hashes.Of(a).Zip(hashes.Of(b)).Count(pair => pair.First == pair.Second) / (double)MinHash.Length;
        });
        // Four standard errors of 12,800 trials of a coin, at most.
        Assert.Equal(likeness, agreed, 4 * Math.Sqrt(likeness * (1 - likeness) / 12_800));
    }

    private static int[] Stay(string[] texts, double threshold) =>
        NearDuplicateThinning.Stay(texts, threshold, seed: 1, CancellationToken.None);

    /// <summary>Texts of 30 random words, and variants of each with up to 4 of them changed, in random order.</summary>
    private static string[] Variants(int texts, int variants)
    {
        var random = new SeededRandom(9);
        string[] all = [.. Enumerable.Range(0, texts).SelectMany(_ =>
        {
            string[] words = [.. Enumerable.Range(0, 30).Select(_ => Word())];
            return Enumerable.Range(0, variants).Select(_ => Changed(words)).ToArray();
        })];
        random.Shuffle(all.AsSpan());
        return all;

        string Word() => new([.. Enumerable.Range(0, 3 + random.Below(5)).Select(_ => (char)('a' + random.Below(26)))]);

        string Changed(string[] words)
        {
            string[] copy = [.. words];
            for (int k = random.Below(5); k > 0; k--)
                copy[random.Below(copy.Length)] = Word();
            return string.Join(' ', copy);
        }
    }
}
