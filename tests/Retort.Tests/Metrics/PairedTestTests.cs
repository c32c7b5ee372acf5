using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class PairedTestTests
{
    // From printed tables of the distribution.
    [Theory]
    [InlineData(12.7062, 1, 0.05)]
    [InlineData(4.30265, 2, 0.05)]
    [InlineData(3.18245, 3, 0.05)]
    [InlineData(2.77645, 4, 0.05)]
    [InlineData(2.57058, 5, 0.05)]
    [InlineData(2.22814, 10, 0.05)]
    [InlineData(9.92484, 2, 0.01)]
    [InlineData(-2.91999, 2, 0.1)]
    [InlineData(0, 7, 1)]
    public void The_distribution_is_as_tables_have_it(double t, int degrees, double probability) =>
        Assert.Equal(probability, PairedTest.TwoSided(t, degrees), 1e-5);

    [Fact]
    public void Differences_are_judged_by_their_mean_and_spread()
    {
        // Mean 0.02, deviation 0.01, of three: t = 0.02 / (0.01 / √3) = 3.4641 with two degrees of freedom.
        Assert.Equal(PairedTest.TwoSided(2 * Math.Sqrt(3), 2), PairedTest.PValue([0.01, 0.02, 0.03])!.Value, 1e-9);
        Assert.Equal(0.0742, PairedTest.PValue([0.01, 0.02, 0.03])!.Value, 1e-4);
        Assert.Null(PairedTest.PValue([0.5]));
        Assert.Null(PairedTest.PValue([0.5, 0.5]));
    }
}
