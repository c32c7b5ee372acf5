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
    [InlineData(32.5, 0.1, Decay.Cosine, 0.853553)]
    [InlineData(0, 0, Decay.Linear, 1)]
    [InlineData(99, 0, Decay.Linear, 0.01)]
    public void Rises_and_falls(double step, double warmup, Decay decay, double expected)
    {
        // A half step is the mean of its neighbours to three digits.
        double low = LearningRate.Factor((long)Math.Floor(step), 100, warmup, decay);
        double high = LearningRate.Factor((long)Math.Ceiling(step), 100, warmup, decay);
        Assert.Equal(expected, (low + high) / 2, 3);
    }
}
