using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class TemperatureFitTests
{
    [Fact]
    public void Three_right_of_four_at_one_margin_ask_for_a_confidence_of_three_quarters()
    {
        // softmax(6/T, 0) = 3/4 where 6/T = ln 3.
        var logits = new LogitTable([6, 0, 6, 0, 6, 0, 6, 0], 2);

        Assert.Equal(6 / Math.Log(3), TemperatureFit.Fit(logits, [0, 0, 1, 0]), 9);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(2.5)]
    public void The_temperature_that_labels_were_drawn_at_is_found(double temperature)
    {
        LogitTable logits = RandomTables.Logits(7, 20000, 4);

        double fitted = TemperatureFit.Fit(logits, RandomTables.LabelsFrom(logits, temperature, 7));

        Assert.InRange(fitted / temperature, 0.95, 1.05);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_temperature_near_or_far_is_likelier(int seed)
    {
        LogitTable logits = RandomTables.Logits(seed, 300, 3);
        int[] labels = RandomTables.LabelsFrom(logits, 1.7, seed);

        double fitted = TemperatureFit.Fit(logits, labels);

        double best = SingleLabel.NegativeLogLikelihood(logits, labels, fitted);
        foreach (double factor in new[] { 0.2, 0.9, 0.999, 1.001, 1.1, 5 })
            Assert.True(best < SingleLabel.NegativeLogLikelihood(logits, labels, fitted * factor));
    }

    [Fact]
    public void The_scale_of_the_logits_only_scales_the_temperature()
    {
        LogitTable logits = RandomTables.Logits(9, 300, 3);
        int[] labels = RandomTables.LabelsFrom(logits, 1.3, 9);
        var doubled = new LogitTable(Array.ConvertAll(logits.Values, z => 2 * z), 3);

        Assert.Equal(2 * TemperatureFit.Fit(logits, labels), TemperatureFit.Fit(doubled, labels), 8);
    }

    [Fact]
    public void A_dev_set_without_errors_gives_the_confidence_of_the_rule_of_succession()
    {
        // Eight right of eight: (8 + 1) / (8 + 2) = 0.9 = softmax(4/T, 0), so T = 4 / ln 9.
        var logits = new LogitTable(Enumerable.Repeat(new float[] { 4, 0 }, 8).SelectMany(row => row).ToArray(), 2);

        Assert.Equal(4 / Math.Log(9), TemperatureFit.Fit(logits, new int[8]), 9);
    }

    [Fact]
    public void Logits_that_say_nothing_give_one_and_those_that_mislead_the_upper_bound()
    {
        Assert.Equal(1, TemperatureFit.Fit(new LogitTable(new float[8], 2), [0, 1, 0, 1]));
        Assert.Equal(20, TemperatureFit.Fit(new LogitTable([5, 0, 5, 0], 2), [1, 1]));
        Assert.Equal(1.0 / 20, TemperatureFit.Fit(new LogitTable([1e-4f, 0, 1e-4f, 0, 1e-4f, 0], 2), [0, 0, 1]), 12);
    }

    [Fact]
    public void Several_labels_a_text_are_fitted_by_their_sigmoids()
    {
        var logits = new LogitTable([6, 6, 6, 6], 2);
        float[][] targets = [[1, 0], [1, 1]];

        Assert.Equal(6 / Math.Log(3), TemperatureFit.Fit(logits, targets), 9);
        // Four right of four: 5/6 = σ(6/T), so T = 6 / ln 5.
        Assert.Equal(6 / Math.Log(5), TemperatureFit.Fit(logits, [[1f, 1f], [1f, 1f]]), 9);
    }

    [Fact]
    public void An_empty_dev_set_is_refused() =>
        Assert.Throws<ArgumentException>(() => TemperatureFit.Fit(new LogitTable([], 2), Array.Empty<int>()));
}
