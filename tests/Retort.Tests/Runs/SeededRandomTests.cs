using Retort.Runs;

namespace Retort.Tests.Runs;

public sealed class SeededRandomTests
{
    [Fact]
    public void Numbers_and_order_are_pinned_so_that_no_version_changes_them()
    {
        // From an independent implementation with Python's whole numbers.
        var random = new SeededRandom(1234567);
        Assert.Equal([13013878896559074743, 18400152718586555324, 17220339381063202971],
            Enumerable.Range(0, 3).Select(_ => random.Next()));
        var stream = new SeededRandom(1234567, 9);
        Assert.Equal([15485701755770136926, 14163916536672071077], Enumerable.Range(0, 2).Select(_ => stream.Next()));
        Assert.Equal([7, 2, 5, 8, 3, 4, 1, 6, 0, 9], Permutation(10, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void A_shuffle_keeps_every_item_once(int count) =>
        Assert.Equal(Enumerable.Range(0, count), Permutation(count, 7).Order());

    [Fact]
    public void Shares_lie_evenly_between_0_and_1()
    {
        var random = new SeededRandom(3);
        double[] shares = [.. Enumerable.Range(0, 10_000).Select(_ => random.Share())];
        Assert.All(shares, share => Assert.True(share is >= 0 and < 1));
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.InRange(shares.Count(share => (int)(share * 10) == tenth), 850, 1150));
    }

    [Fact]
    public void Every_order_of_three_is_about_as_likely()
    {
        int[] counts = Enumerable.Range(0, 6000)
            .GroupBy(seed => string.Join("", Permutation(3, seed)))
            .Select(group => group.Count())
            .ToArray();

        Assert.Equal(6, counts.Length);
        // Five standard deviations of a binomial count around 1000.
        Assert.All(counts, count => Assert.InRange(count, 1000 - 145, 1000 + 145));
    }

    private static int[] Permutation(int count, long seed)
    {
        int[] order = Enumerable.Range(0, count).ToArray();
        new SeededRandom(seed).Shuffle<int>(order);
        return order;
    }
}
