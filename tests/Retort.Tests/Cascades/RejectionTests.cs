using Retort.Cascades;

namespace Retort.Tests.Cascades;

public sealed class RejectionTests
{
    [Theory]
    [InlineData(0, 0.1, 0)]
    [InlineData(0.2, 0.1, 0)]
    [InlineData(0.25, 0.2, 0.25)]
    [InlineData(0.6, 0.3, 0.5)]
    [InlineData(0.75, 0.3, 0.5)]
    [InlineData(1, 0.3, 0.5)]
    public void No_more_than_the_share_of_dev_is_rejected(double most, double threshold, double rejected)
    {
        double[] confidence = [0.3, 0.1, 0.3, 0.2];
        Assert.Equal(threshold, Rejection.Threshold(confidence, most));
        Assert.Equal(rejected, Rejection.Share(confidence, threshold));
    }

    [Fact]
    public void The_area_counts_pairs_in_the_right_order_and_ties_as_halves()
    {
        Assert.Equal(1, Rejection.AreaUnderCurve([0.8, 0.9], [0.1, 0.2, 0.7]));
        Assert.Equal(0, Rejection.AreaUnderCurve([0.1], [0.2, 0.7]));
        Assert.Equal(0.5, Rejection.AreaUnderCurve([0.5, 0.5], [0.5]));
        // Of six pairs (0.4 over 0.3), (0.6 over 0.3), (0.6 over 0.5) are in order, (0.4 and 0.4) a tie.
        Assert.Equal((1 + 0.5 + 3) / 6, Rejection.AreaUnderCurve([0.4, 0.6], [0.3, 0.4, 0.5]));
    }
}
