using Retort.Fractionation.Diversity;
using Retort.Fractionation.States;
using Retort.Runs;
using TorchSharp;

namespace Retort.Tests.Fractionation.Diversity;

public sealed class KCentreTests
{
    private const int Width = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(60)]
    public void The_order_is_that_of_brute_force(int count)
    {
        float[] values = RandomStates.Normal(count, Width, seed: 1);
        Assert.Equal(BruteForce(values, count), KCentre.Order(values, Width));
    }

    [Fact]
    public void Copies_come_last_and_the_size_of_the_states_does_not_matter()
    {
        float[] values = [0, 0, 0, 0, 4, 0, 4, 0, 0, 3];
        Assert.Equal([0, 2, 4, 1, 3], KCentre.Order(values, 2));
        Assert.Equal([0, 2, 4, 1, 3], KCentre.Order([.. values.Select(value => value * 1e30f)], 2));
        Assert.Equal([0, 2, 4, 1, 3], KCentre.Order([.. values.Select(value => value * 1e-30f)], 2));
        Assert.Equal([0, 1], KCentre.Order([0, 0], 1));
    }

    [Fact]
    public void Each_of_many_blocks_is_ordered_by_itself()
    {
        StateRows states = RandomStates.Source(RandomStates.Normal(50, Width, seed: 2), Width);
        int[] ranks = KCentre.Ranks(states, 8, 5, CancellationToken.None);
        Assert.Equal(RandomBlocks.Ranks(states, 8, 5, values => BruteForce(values, values.Length / Width), CancellationToken.None), ranks);
        Assert.Equal(ranks, KCentre.Ranks(states, 8, 5, CancellationToken.None));
        Assert.NotEqual(ranks, KCentre.Ranks(states, 8, 6, CancellationToken.None));
    }

    [Fact]
    public void A_state_that_is_not_finite_is_refused() =>
        Assert.Throws<RetortException>(() => KCentre.Ranks(RandomStates.Source([1, float.NaN], 1), 8, 1, CancellationToken.None));

    [Fact]
    public void No_tensor_is_left()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        KCentre.Order(RandomStates.Normal(9, Width, seed: 3), Width);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static int[] BruteForce(float[] values, int count)
    {
        List<int> chosen = [0];
        while (chosen.Count < count)
        {
            chosen.Add(Enumerable.Range(0, count).Except(chosen)
                .MaxBy(k => chosen.Min(other => Enumerable.Range(0, Width).Sum(i => Math.Pow((double)values[k * Width + i] - values[other * Width + i], 2)))));
        }
        return [.. chosen];
    }
}
