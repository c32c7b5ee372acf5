using Retort.Fractionation.Domain;
using Retort.Fractionation.States;
using Retort.Runs;
using TorchSharp;

namespace Retort.Tests.Fractionation.Domain;

public sealed class NearestTargetsTests
{
    private const int Width = 5;

    private static readonly float[] SourceValues = RandomStates.Normal(23, Width, seed: 1);
    private static readonly float[] TargetValues = RandomStates.Normal(17, Width, seed: 2);

    [Theory]
    [InlineData(1, 4, 3)]
    [InlineData(3, 4, 3)]
    [InlineData(5, 4, 3)]
    [InlineData(5, 23, 17)]
    [InlineData(5, 1, 1)]
    [InlineData(17, 8, 16)]
    [InlineData(100, 8, 16)]
    public void Scores_are_those_of_brute_force_whatever_the_blocks(int neighbours, int sourceBlock, int targetBlock)
    {
        double[] scores = NearestTargets.Score(RandomStates.Source(SourceValues, Width), RandomStates.Target(TargetValues, Width),
            neighbours, sourceBlock, targetBlock, CancellationToken.None);
        Assert.Equal(23, scores.Length);
        for (int row = 0; row < scores.Length; row++)
            Assert.Equal(BruteForce(row, neighbours), scores[row], Tolerances.Cosine);
    }

    [Fact]
    public void A_state_of_zeros_is_at_cosine_0_with_all()
    {
        double[] scores = NearestTargets.Score(RandomStates.Source([0, 0, 1, 0], 2), RandomStates.Target([0, 0, -1, 0], 2), 2, CancellationToken.None);
        Assert.Equal([0, -0.5], scores);
    }

    [Fact]
    public void A_source_without_texts_has_no_scores() =>
        Assert.Empty(NearestTargets.Score(RandomStates.Source([], Width), RandomStates.Target(TargetValues, Width), 3, CancellationToken.None));

    [Fact]
    public void Bad_input_is_refused()
    {
        StateRows source = RandomStates.Source(SourceValues, Width);
        Assert.Throws<RetortException>(() => NearestTargets.Score(source, RandomStates.Target([], Width), 3, CancellationToken.None));
        Assert.Throws<RetortException>(() => NearestTargets.Score(source, RandomStates.Target([1, 2], 2), 3, CancellationToken.None));
        Assert.Throws<RetortException>(() => NearestTargets.Score(source, RandomStates.Target([1, 2, float.NaN, 4, 5], Width), 3, CancellationToken.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestTargets.Score(source, source, 0, CancellationToken.None));
    }

    [Fact]
    public void It_stops_where_it_is_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        NearestTargets.Score(RandomStates.Source(SourceValues, Width), RandomStates.Target(TargetValues, Width), 3, new CancellationToken(true)));

    [Fact]
    public void No_tensor_is_left()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        NearestTargets.Score(RandomStates.Source(SourceValues, Width), RandomStates.Target(TargetValues, Width), 3, 4, 3, CancellationToken.None);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static double BruteForce(int row, int neighbours) => Enumerable.Range(0, 17)
        .Select(k => RandomStates.Cosine(SourceValues.AsSpan(row * Width, Width), TargetValues.AsSpan(k * Width, Width)))
        .OrderDescending().Take(neighbours).Average();
}
