using Retort.Metrics;
using Retort.Tuning;

namespace Retort.Tests.Tuning;

/// <summary>What studies reckon with: gains, shares of variance, room in memory.</summary>
public sealed class FiguresOfStudiesTests
{
    [Theory]
    [InlineData(0.80, 0.82, 0.01, true)]
    [InlineData(0.80, 0.805, 0.01, false)]
    [InlineData(0.80, 0.79, 0.001, false)]
    [InlineData(0.80, 0.80, 0, false)]
    public void A_gain_pays_above_the_standard_error_of_the_difference(double without, double with, double spread, bool pays)
    {
        Gain gain = Gain.Of(Around(without, spread), Around(with, spread));
        Assert.Equal(with - without, gain.Difference, 9);
        Assert.Equal(spread * Math.Sqrt(2.0 / 3), gain.StandardError!.Value, 9);
        Assert.Equal(pays, gain.Pays);
    }

    [Fact]
    public void A_single_seed_has_no_standard_error_and_any_gain_pays()
    {
        Assert.Null(Gain.Of(Spread.Of([0.8]), Spread.Of([0.81])).StandardError);
        Assert.True(Gain.Of(Spread.Of([0.8]), Spread.Of([0.81])).Pays);
        Assert.False(Gain.Of(Spread.Of([0.8]), Spread.Of([0.8])).Pays);
    }

    [Fact]
    public void A_key_that_decides_has_all_of_the_variance_and_one_that_does_nothing_none()
    {
        (string Value, double Score)[] decides = [("1", 0.5), ("1", 0.5), ("2", 0.9), ("2", 0.9)], nothing = [("1", 0.5), ("2", 0.5), ("1", 0.9), ("2", 0.9)];
        Assert.Equal(1, Importance.Of("key", decides)!.Share, 9);
        Assert.Equal(0, Importance.Of("key", nothing)!.Share, 9);
    }

    [Fact]
    public void A_share_is_the_sum_of_squares_between_the_values_over_the_total()
    {
        // Means 0.6 and 0.8 about 0.7: 4 · 0.01 of 4 · 0.01 + 4 · 0.01.
        (string, double)[] trials = [("a", 0.5), ("a", 0.7), ("b", 0.7), ("b", 0.9)];
        Assert.Equal(0.5, Importance.Of("key", trials)!.Share, 9);
    }

    [Fact]
    public void A_range_is_cut_into_five_parts_and_trials_that_say_nothing_have_no_share()
    {
        (string, double)[] many = [.. Enumerable.Range(1, 20).Select(k => ($"{k}", k <= 4 ? 0.9 : 0.5))];
        Importance importance = Importance.Of("key", many)!;
        Assert.Equal((5, 1.0), (importance.Values, Math.Round(importance.Share, 9)));
        Assert.Null(Importance.Of("key", [("a", 0.5), ("b", 0.7)]));
        Assert.Null(Importance.Of("key", [("a", 0.5), ("a", 0.7)]));
        Assert.Null(Importance.Of("key", [("a", 0.5), ("a", 0.5), ("b", 0.5)]));
    }

    [Theory]
    [InlineData(10, 3, "", true)]
    [InlineData(3, 3, "", false)]
    [InlineData(10, 3, "3,3", true)]
    [InlineData(10, 3, "1,1", true)]
    [InlineData(7, 3, "1,1", false)]
    [InlineData(8, 3, "3,3", true)]
    public void One_more_fits_where_all_that_run_may_grow_to_the_peak_and_a_tenth_is_left(double free, double peak, string held, bool fits) =>
        Assert.Equal(fits, MemoryRoom.HasRoom(free, peak, held.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(now => double.Parse(now, System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void This_machine_has_memory_left() => Assert.InRange(MemoryRoom.Free(), 1e6, 1e14);

    private static Spread Around(double mean, double spread) => Spread.Of([mean - spread, mean, mean + spread]);
}
