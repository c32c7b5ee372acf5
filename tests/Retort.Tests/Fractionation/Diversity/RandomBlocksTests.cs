using Retort.Fractionation.Diversity;
using Retort.Fractionation.States;

namespace Retort.Tests.Fractionation.Diversity;

public sealed class RandomBlocksTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(4, 4)]
    [InlineData(10, 4)]
    [InlineData(11, 1)]
    [InlineData(11, 100)]
    public void Each_place_is_taken_once_and_the_first_of_all_blocks_come_first(int count, int size)
    {
        StateRows states = RandomStates.Source([.. Enumerable.Range(0, count).Select(k => (float)k)], 1);
        var firsts = new List<int>();
        int largest = 0;
        int[] ranks = RandomBlocks.Ranks(states, size, 3, values =>
        {
            // The last of the block is chosen first.
            firsts.Add((int)values[^1]);
            largest = Math.Max(largest, values.Length);
            return [.. Enumerable.Range(0, values.Length).Reverse()];
        }, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, count), ranks.Order());
        Assert.Equal((count + size - 1) / size, firsts.Count);
        Assert.True(largest <= size);
        Assert.Equal(firsts, Enumerable.Range(0, count).OrderBy(k => ranks[k]).Take(firsts.Count));
    }

    [Fact]
    public void Scores_fall_from_1() => Assert.Equal([0.5, 1, 0.25, 0.75], RandomBlocks.Scores([2, 0, 3, 1]));

    [Fact]
    public void It_stops_where_it_is_cancelled_and_blocks_of_nothing_are_refused()
    {
        StateRows states = RandomStates.Source([1, 2], 1);
        Assert.Throws<OperationCanceledException>(() => RandomBlocks.Ranks(states, 2, 1, _ => [0, 1], new CancellationToken(true)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomBlocks.Ranks(states, 0, 1, _ => [0, 1], CancellationToken.None));
    }
}
