using Retort.Fractionation.Domain;
using Retort.Runs;

namespace Retort.Tests.Fractionation.Domain;

public sealed class LanguageModelDifferenceTests
{
    private const int Vocabulary = 12;

    [Fact]
    public void With_all_of_the_source_sampled_a_score_is_the_difference_with_the_text_left_out()
    {
        int[][] source = Texts(20, low: 0, seed: 1), target = Texts(50, low: 4, seed: 2);
        double[] scores = Score(source, target);
        BigramModel near = Model(target);
        for (int k = 0; k < source.Length; k++)
        {
            double expected = Model([.. source[..k], .. source[(k + 1)..]]).CrossEntropy(source[k]) - near.CrossEntropy(source[k]);
            Assert.Equal(expected, scores[k], 1e-12);
        }
    }

    [Fact]
    public void Texts_of_the_target_domain_come_first()
    {
        int[][] source = [.. Texts(300, low: 0, seed: 3), .. Texts(100, low: 4, seed: 4)];
        double[] scores = Score(source, Texts(100, low: 4, seed: 5));
        int[] first = [.. Enumerable.Range(0, 400).OrderByDescending(k => scores[k]).Take(100)];
        Assert.InRange(first.Count(k => k >= 300), 90, 100);
        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
    }

    [Fact]
    public void A_text_of_the_sample_gains_and_loses_nothing_by_it()
    {
        // Each text has words of its own: no other text, and no target, says anything of it. A third of them is sampled.
        int[][] source = [.. Enumerable.Range(0, 100).Select(k => Enumerable.Range(4 * k, 4).ToArray())];
        int[][] target = [.. Enumerable.Range(100, 33).Select(k => Enumerable.Range(4 * k, 4).ToArray())];
        double[] scores = LanguageModelDifference.Score(source, target, 600, 1, CancellationToken.None);
        BigramModel all = Model(source, 600);
        Assert.True(all.CrossEntropyWithout(source[0]) - all.CrossEntropy(source[0]) > 2);
        Assert.InRange(scores.Max() - scores.Min(), 0, 0.05);
    }

    [Fact]
    public void The_same_seed_brings_the_same_scores_and_another_one_another_sample()
    {
        int[][] source = Texts(400, low: 0, seed: 8), target = Texts(30, low: 4, seed: 9);
        Assert.Equal(Score(source, target, 1), Score(source, target, 1));
        Assert.NotEqual(Score(source, target, 1), Score(source, target, 2));
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Assert.Equal("there are no target texts: expected at least one text of the domain to come close to",
            Assert.Throws<RetortException>(() => Score([[1]], [])).Message);
        Assert.StartsWith("text 1 of the target has the token 12", Assert.Throws<RetortException>(() => Score([[1]], [[1], [12]])).Message, StringComparison.Ordinal);
        Assert.StartsWith("text 9 of the source has the token -1",
            Assert.Throws<RetortException>(() => Score([.. Texts(9, low: 0, seed: 1), [-1]], [[1]])).Message, StringComparison.Ordinal);
        Assert.Throws<OperationCanceledException>(() => LanguageModelDifference.Score([[1]], [[1]], Vocabulary, 1, new CancellationToken(true)));
        Assert.Empty(Score([], [[1]]));
    }

    [Fact]
    public void Of_real_reviews_those_of_the_nearer_domain_come_first()
    {
        string[] domains = ["electronics", "dvd", "books"];
        string[][] reviews = [.. domains.Append("kitchen").Select(domain => Read(TestPaths.Data($"amazon_{domain}", "train.tsv")))];
        (int[][] ids, int vocabulary) = Encode([.. reviews.SelectMany(texts => texts)]);
        int count = reviews.Take(3).Sum(texts => texts.Length);
        double[] scores = LanguageModelDifference.Score(ids[..count], ids[count..], vocabulary, 1, CancellationToken.None);
        int[] first = [.. Enumerable.Range(0, count).OrderByDescending(k => scores[k]).Take(count * 3 / 10)];
        int electronics = first.Count(k => k < reviews[0].Length);
        // Of random texts a third would be.
        Assert.True(electronics > first.Length * 2 / 3, $"{electronics} of {first.Length} are of electronics");
    }

    private static string[] Read(string path) => [.. File.ReadLines(path).Skip(1).Select(line => line.Split('\t')[0])];

    /// <summary>Lower-cased words; those of fewer than two texts are one.</summary>
    private static (int[][] Ids, int Vocabulary) Encode(string[] texts)
    {
        string[][] words = [.. texts.Select(text => text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Dictionary<string, int> ids = words.SelectMany(text => text.Distinct()).CountBy(word => word).Where(word => word.Value >= 2)
            .Select((word, k) => (word.Key, k)).ToDictionary(word => word.Key, word => word.k + 1);
        return ([.. words.Select(text => text.Select(word => ids.GetValueOrDefault(word)).ToArray())], ids.Count + 1);
    }

    private static double[] Score(int[][] source, int[][] target, long seed = 1) =>
        LanguageModelDifference.Score(source, target, Vocabulary, seed, CancellationToken.None);

    private static BigramModel Model(int[][] texts, int vocabulary = Vocabulary)
    {
        var model = new BigramModel(vocabulary);
        foreach (int[] text in texts)
            model.Add(text);
        return model;
    }

    /// <summary>Texts of 8 tokens, each of the eight from low on.</summary>
    private static int[][] Texts(int count, int low, long seed)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 8).Select(_ => low + random.Below(8)).ToArray())];
    }
}
