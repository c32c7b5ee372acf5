using Retort.Fractionation.Domain;
using Retort.Runs;

namespace Retort.Tests.Fractionation.Domain;

public sealed class ImportanceWeightsTests
{
    [Fact]
    public void Below_the_cap_weights_are_the_ratios_over_their_mean() =>
        Near([0.5, 1, 1.5], ImportanceWeights.Of([Math.Log(1), Math.Log(2), Math.Log(3)], 10));

    [Fact]
    public void Above_the_cap_the_others_share_what_is_left() =>
        // Of 4, two are at the cap of 1.5: the ratios 1 and 3 share 1.
        Near([1.5, 0.25, 0.75, 1.5], ImportanceWeights.Of([Math.Log(1000), 0, Math.Log(3), Math.Log(7)], 1.5));

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(20)]
    public void The_mean_is_1_the_order_stays_and_none_is_above_the_cap_however_far_the_log_odds_reach(double cap)
    {
        var random = new SeededRandom(1);
        double[] logOdds = [2000, -2000, .. Enumerable.Range(0, 500).Select(_ => 20 * random.Share() - 10)];
        double[] weights = ImportanceWeights.Of(logOdds, cap);
        Assert.Equal(1, weights.Average(), 1e-12);
        Assert.Equal(cap, weights.Max());
        Assert.True(weights.Min() >= 0);
        int[] order = [.. Enumerable.Range(0, weights.Length).OrderBy(k => logOdds[k])];
        Assert.All(order.Zip(order.Skip(1)), pair => Assert.True(weights[pair.First] <= weights[pair.Second]));
    }

    [Fact]
    public void Bad_input_is_refused_and_none_has_no_weights()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ImportanceWeights.Of([0], 0.9));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImportanceWeights.Of([0], double.NaN));
        Assert.Equal("the log-odds of text 1 are NaN: expected a finite number",
            Assert.Throws<RetortException>(() => ImportanceWeights.Of([0, double.NaN], 2)).Message);
        Assert.Empty(ImportanceWeights.Of([], 2));
    }

    private static void Near(double[] expected, double[] weights) =>
        Assert.All(expected.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
}
