using Retort.Fractionation;

namespace Retort.Tests.Fractionation;

public sealed class RanksTests
{
    [Fact]
    public void Rows_stand_from_the_lowest_score_to_the_highest()
    {
        Assert.Equal([1, 3, 0, 2], Ranks.Order([0.5, double.NegativeInfinity, 7, -1], seed: 1));
        Assert.Equal([0.625, 0.125, 0.875, 0.375], Ranks.Of([0.5, double.NegativeInfinity, 7, -1], seed: 1));
    }

    [Fact]
    public void Equal_scores_stand_in_an_order_of_the_seed_and_not_of_the_rows()
    {
        // A row in three is lower than the rest.
        double[] scores = [.. Enumerable.Range(0, 3000).Select(k => k % 3 == 0 ? 0.0 : 1)];
        int[] order = Ranks.Order(scores, seed: 1);
        Assert.Equal(Enumerable.Range(0, 3000), order.Order());
        Assert.All(order[..1000], row => Assert.Equal(0, row % 3));
        Assert.Equal(order, Ranks.Order(scores, seed: 1));
        int[] other = Ranks.Order(scores, seed: 2);
        Assert.NotEqual(order[..1000], other[..1000]);
        Assert.NotEqual(order[1000..], other[1000..]);
        // The early rows of those that are equal are as high as the late ones.
        double[] ranks = Ranks.Of(scores, seed: 1);
        double early = Enumerable.Range(0, 1500).Where(row => row % 3 > 0).Average(row => ranks[row]);
        double late = Enumerable.Range(1500, 1500).Where(row => row % 3 > 0).Average(row => ranks[row]);
        Assert.Equal(early, late, 0.05);
    }
}
