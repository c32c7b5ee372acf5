using Retort.Runs;

namespace Retort.Tests.Runs;

public class SeededShuffleTests
{
    [Fact]
    public void The_generator_gives_the_published_numbers_of_splitmix64()
    {
        // First outputs for the seed 1234567, from the reference implementation (prng.di.unimi.it/splitmix64.c).
        ulong state = 1234567;
        ulong[] numbers = [.. Enumerable.Range(0, 5).Select(_ => SeededShuffle.Next(ref state))];

        Assert.Equal(
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            numbers);
    }

    [Fact]
    public void An_order_is_pinned_so_that_no_version_changes_it() =>
        Assert.Equal([4, 2, 8, 1, 9, 3, 0, 6, 7, 5], SeededShuffle.Permutation(10, 1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void A_shuffle_keeps_every_item_once(int count) =>
        Assert.Equal(Enumerable.Range(0, count), SeededShuffle.Permutation(count, 7).Order());

    [Fact]
    public void Every_order_of_three_is_about_as_likely()
    {
        const int Seeds = 6000;
        int[] counts = Enumerable.Range(0, Seeds)
            .GroupBy(seed => string.Join("", SeededShuffle.Permutation(3, (ulong)seed)))
            .Select(g => g.Count())
            .ToArray();

        Assert.Equal(6, counts.Length);
        // Five standard deviations of a binomial count around 1000.
        Assert.All(counts, n => Assert.InRange(n, 1000 - 145, 1000 + 145));
    }
}
