using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class CalibrationTests
{
    [Fact]
    public void Expected_error_matches_that_computed_by_hand()
    {
        // Confidence 0.75 on four texts of which two are right, 0.9 on one that is right: (4·0.25 + 1·0.1) / 5.
        float three = MathF.Log(3), nine = MathF.Log(9);
        var logits = new LogitTable([three, 0, three, 0, three, 0, three, 0, nine, 0], 2);
        int[] labels = [0, 0, 1, 1, 0];

        Assert.Equal(0.22, Calibration.ExpectedError(logits, labels), 6);
        ReliabilityBin[] bins = Calibration.Reliability(logits, labels);
        Assert.Equal(15, bins.Length);
        Assert.Equal((4, 0.5), (bins[11].Count, bins[11].Accuracy));
        Assert.Equal(0.75, bins[11].Confidence, 6);
        Assert.Equal(1, bins[13].Count);
    }

    [Fact]
    public void A_confidence_on_an_edge_falls_in_the_bin_below_and_certainty_in_the_last()
    {
        var logits = new LogitTable([0, 0, 0, 100, 0, 0], 3);

        ReliabilityBin[] bins = Calibration.Reliability(logits, [0, 0]);

        Assert.Equal((1, 1), (bins[4].Count, bins[14].Count));
        Assert.Equal(1.0 / 3, bins[4].High, 12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Bins_hold_every_text_once_and_the_error_is_a_share(int seed)
    {
        LogitTable logits = RandomTables.Logits(seed, 500, 4);
        int[] labels = RandomTables.Labels(seed, 500, 4);

        ReliabilityBin[] bins = Calibration.Reliability(logits, labels, 0.7);

        Assert.Equal(500, bins.Sum(bin => bin.Count));
        Assert.All(bins.Where(bin => bin.Count > 0), bin => Assert.InRange(bin.Confidence, bin.Low, bin.High + 1e-12));
        Assert.InRange(Calibration.ExpectedError(bins), 0, 1);
        Assert.Equal(SingleLabel.Accuracy(logits, labels), bins.Sum(bin => bin.Count * bin.Accuracy) / 500, 12);
    }

    [Fact]
    public void Labels_drawn_from_the_probabilities_leave_little_error_and_sharper_logits_more()
    {
        LogitTable logits = RandomTables.Logits(5, 20000, 3);
        int[] labels = RandomTables.LabelsFrom(logits, 1, 5);

        Assert.InRange(Calibration.ExpectedError(logits, labels), 0, 0.015);
        Assert.InRange(Calibration.ExpectedError(logits, labels, 0.5), 0.04, 0.5);
    }
}
