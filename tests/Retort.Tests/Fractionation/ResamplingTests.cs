using Retort.Fractionation;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class ResamplingTests
{
    private static readonly int[] Rows = [.. Enumerable.Range(0, 40).Select(k => 3 * k)];

    private static readonly double[] Weights = Uneven(new SeededRandom(2));

    [Fact]
    public void Every_text_stands_there_its_weight_rounded_down_or_up()
    {
        Assert.Contains(Weights, weight => weight > 2);
        for (int pass = 0; pass < 500; pass++)
        {
            int[] drawn = Resampling.Draw(Rows, Weights, seed: 1, pass);
            Assert.Equal(Rows.Length, drawn.Length);
            int[] counts = Counts(drawn);
            Assert.Equal(Rows.Length, counts.Sum());
            for (int k = 0; k < Rows.Length; k++)
                Assert.InRange(counts[k], (int)Math.Floor(Weights[k]), (int)Math.Ceiling(Weights[k]));
        }
    }

    [Fact]
    public void Over_many_passes_a_text_is_seen_as_often_as_it_weighs()
    {
        const int Passes = 4000;
        double[] seen = new double[Rows.Length];
        for (int pass = 0; pass < Passes; pass++)
        {
            int[] counts = Counts(Resampling.Draw(Rows, Weights, seed: 1, pass));
            for (int k = 0; k < seen.Length; k++)
                seen[k] += (double)counts[k] / Passes;
        }
        // Five standard deviations of the mean of a count that is one of two neighbours.
        for (int k = 0; k < seen.Length; k++)
            Assert.Equal(Weights[k], seen[k], 5 * 0.5 / Math.Sqrt(Passes));
    }

    [Fact]
    public void Texts_of_one_weight_come_out_together_as_often_as_they_weigh_whatever_pattern_the_rows_have()
    {
        // Every fifth row weighs 2.5, the others 0.625: of 100 texts, 50 are to be of either.
        double[] weights = [.. Enumerable.Range(0, 100).Select(k => k % 5 == 0 ? 2.5 : 0.625)];
        for (int pass = 0; pass < 50; pass++)
            Assert.Equal(50, Resampling.Draw([.. Enumerable.Range(0, 100)], weights, seed: 1, pass).Count(row => row % 5 == 0));
    }

    [Fact]
    public void Seed_and_pass_tell_draws_apart()
    {
        Assert.Equal(Resampling.Draw(Rows, Weights, 1, 1), Resampling.Draw(Rows, Weights, 1, 1));
        Assert.NotEqual(Resampling.Draw(Rows, Weights, 1, 1), Resampling.Draw(Rows, Weights, 1, 2));
        Assert.NotEqual(Resampling.Draw(Rows, Weights, 1, 1), Resampling.Draw(Rows, Weights, 2, 1));
    }

    [Fact]
    public void Normalized_weights_have_the_mean_1() => Assert.Equal([0.5, 0.5, 2], Resampling.Normalized([1, 1, 4]));

    private static double[] Uneven(SeededRandom random) =>
        Resampling.Normalized([.. Enumerable.Range(0, 40).Select(_ => random.Share() * random.Share() * random.Share())]);

    private static int[] Counts(int[] drawn) => Array.ConvertAll(Rows, row => drawn.Count(one => one == row));
}
