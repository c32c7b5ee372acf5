using Retort.Training;

namespace Retort.Tests.Training;

public sealed class LearningRateTests
{
    [Theory]
    [InlineData(0, 0.1, Decay.Linear, 0.1)]
    [InlineData(9, 0.1, Decay.Linear, 1)]
    [InlineData(10, 0.1, Decay.Linear, 1)]
    [InlineData(55, 0.1, Decay.Linear, 0.5)]
    [InlineData(55, 0.1, Decay.Cosine, 0.5)]
    [InlineData(40, 0.1, Decay.Cosine, 0.75)]
    [InlineData(0, 0, Decay.Linear, 1)]
    [InlineData(99, 0, Decay.Linear, 0.01)]
    public void Rises_and_falls(long step, double warmup, Decay decay, double expected) =>
        Assert.Equal(expected, LearningRate.Factor(step, 100, warmup, decay), 1e-12);
}
