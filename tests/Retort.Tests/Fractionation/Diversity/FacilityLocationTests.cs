using Retort.Fractionation.Diversity;
using Retort.Fractionation.States;
using Retort.Runs;
using TorchSharp;

namespace Retort.Tests.Fractionation.Diversity;

public sealed class FacilityLocationTests
{
    private const int Width = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(60)]
    public void Every_prefix_is_worth_as_much_as_that_of_the_plain_greedy_choice(int count)
    {
        float[] values = RandomStates.Normal(count, Width, seed: 1);
        int[] lazy = FacilityLocation.Order(values, Width), plain = Plain(values, count);
        Assert.Equal(Enumerable.Range(0, count), lazy.Order());
        for (int k = 1; k <= count; k++)
            Assert.Equal(Value(values, count, plain[..k]), Value(values, count, lazy[..k]), count * Tolerances.Cosine);
    }

    [Fact]
    public void The_middle_of_the_larger_group_comes_first_then_that_of_the_other_and_of_equals_the_first()
    {
        // Five to the right, their middle in row 1, and three to the left, theirs in row 6.
        float[] groups = [1, -0.3f, 1, 0, 1, 0.3f, 1, 0.2f, 1, -0.2f, -1, 0.2f, -1, 0, -1, -0.2f];
        Assert.Equal([1, 6], FacilityLocation.Order(groups, 2)[..2]);
        Assert.Equal([0, 1, 2], FacilityLocation.Order([1, 1, 2, 2, 3, 3], 2));
        Assert.Equal([1, 0, 2], FacilityLocation.Order([0, 0, 1, 0, 0, 0], 2));
    }

    [Fact]
    public void Each_of_many_blocks_is_ordered_by_itself()
    {
        StateRows states = RandomStates.Source(RandomStates.Normal(50, Width, seed: 2), Width);
        int[] ranks = FacilityLocation.Ranks(states, 8, 5, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 50), ranks.Order());
        Assert.Equal(ranks, FacilityLocation.Ranks(states, 8, 5, CancellationToken.None));
        Assert.NotEqual(ranks, FacilityLocation.Ranks(states, 8, 6, CancellationToken.None));
    }

    [Fact]
    public void A_state_that_is_not_finite_is_refused() =>
        Assert.Throws<RetortException>(() => FacilityLocation.Ranks(RandomStates.Source([1, float.NaN], 1), 8, 1, CancellationToken.None));

    [Fact]
    public void No_tensor_is_left()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        FacilityLocation.Order(RandomStates.Normal(9, Width, seed: 3), Width);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static int[] Plain(float[] values, int count)
    {
        List<int> chosen = [];
        while (chosen.Count < count)
            chosen.Add(Enumerable.Range(0, count).Except(chosen).MaxBy(k => Value(values, count, [.. chosen, k])));
        return [.. chosen];
    }

    private static double Value(float[] values, int count, int[] chosen) => Enumerable.Range(0, count).Sum(k =>
        chosen.Max(other => Math.Max(0, RandomStates.Cosine(values.AsSpan(k * Width, Width), values.AsSpan(other * Width, Width)))));
}
