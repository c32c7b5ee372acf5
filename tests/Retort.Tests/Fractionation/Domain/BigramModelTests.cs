using Retort.Fractionation.Domain;
using Retort.Runs;

namespace Retort.Tests.Fractionation.Domain;

public sealed class BigramModelTests
{
    private const int Vocabulary = 4;
    private const int Mark = Vocabulary;

    // Counted by hand: behind the mark 0, 0; behind 0: 1, 1, the end; behind 1: 0, the end. Tokens: 0 three times, 1 twice, the end twice.
    private static readonly int[][] Texts = [[0, 1, 0], [0, 1]];

    [Theory]
    // P(0) = (3 + 3/5) / (7 + 3), P(1) = P(end) = (2 + 3/5) / 10, P(2) = P(3) = (3/5) / 10.
    [InlineData(Mark, 0, (2 + 0.36) / 3)]
    [InlineData(Mark, 2, 0.06 / 3)]
    [InlineData(0, 1, (2 + 2 * 0.26) / 5)]
    [InlineData(0, Mark, (1 + 2 * 0.26) / 5)]
    [InlineData(0, 0, 2 * 0.36 / 5)]
    [InlineData(1, 0, (1 + 2 * 0.36) / 4)]
    // Nothing stands behind 3: what is left is P(w).
    [InlineData(3, 1, 0.26)]
    [InlineData(3, 3, 0.06)]
    public void Probabilities_are_those_counted_by_hand(int context, int token, double expected) =>
        Assert.Equal(expected, Model(Texts).Probability(context, token), 1e-15);

    [Fact]
    public void Probabilities_sum_to_1_behind_every_context()
    {
        int[][] texts = RandomTexts(40);
        foreach (BigramModel model in new[] { Model(texts), Model(Texts), Model([]) })
        {
            for (int context = 0; context <= Vocabulary; context++)
                Assert.Equal(1, Enumerable.Range(0, Vocabulary + 1).Sum(token => model.Probability(context, token)), 1e-12);
        }
    }

    [Fact]
    public void The_cross_entropy_is_the_mean_over_tokens_and_the_end()
    {
        double sum = Math.Log((2 + 0.36) / 3) + Math.Log((2 + 2 * 0.26) / 5) + Math.Log((1 + 2 * 0.26) / 4);
        Assert.Equal(-sum / 3, Model(Texts).CrossEntropy([0, 1]), 1e-15);
        Assert.Equal(-Math.Log(0.26 / 3), Model(Texts).CrossEntropy([]), 1e-15);
    }

    [Fact]
    public void Without_a_text_it_is_the_model_of_the_others_and_then_again_that_of_all()
    {
        int[][] texts = RandomTexts(30);
        BigramModel all = Model(texts);
        double[] before = [.. texts.Select(text => all.CrossEntropy(text))];
        for (int k = 0; k < texts.Length; k++)
            Assert.Equal(Model([.. texts[..k], .. texts[(k + 1)..]]).CrossEntropy(texts[k]), all.CrossEntropyWithout(texts[k]));
        Assert.Equal(before, texts.Select(text => all.CrossEntropy(text)));
        Assert.Equal(Math.Log(Vocabulary + 1), Model([[2, 2]]).CrossEntropyWithout([2, 2]), 1e-15);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Vocabulary)]
    public void A_token_that_is_not_of_the_vocabulary_is_refused(int token)
    {
        RetortException error = Assert.Throws<RetortException>(() => new BigramModel(Vocabulary).Require([0, token], "source", 7));
        Assert.Equal($"text 7 of the source has the token {token}: expected 0 to 3; encode source and target with the same vocabulary", error.Message);
    }

    private static BigramModel Model(int[][] texts)
    {
        var model = new BigramModel(Vocabulary);
        foreach (int[] text in texts)
            model.Add(text);
        return model;
    }

    private static int[][] RandomTexts(int count)
    {
        var random = new SeededRandom(5);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, random.Below(6)).Select(_ => random.Below(Vocabulary)).ToArray())];
    }
}
