using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class SpreadTests
{
    [Fact]
    public void The_deviation_is_that_of_a_sample()
    {
        Spread spread = Spread.Of([2, 4, 4, 4, 5, 5, 7, 9]);

        Assert.Equal(5, spread.Mean);
        Assert.Equal(Math.Sqrt(32.0 / 7), spread.Deviation!.Value, 12);
        Assert.Equal(8, spread.Count);
    }

    [Fact]
    public void One_value_has_no_spread() => Assert.Null(Spread.Of([0.9]).Deviation);

    [Fact]
    public void No_values_and_NaN_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Spread.Of([]));
        Assert.Throws<ArgumentException>(() => Spread.Of([1, double.NaN]));
    }
}
