using Retort.Compression;

namespace Retort.Tests.Compression;

public sealed class CompressionJudgeTests
{
    private static readonly double[] Steady = [0.98, 0.99, 0.99, 1, 1.01, 1.01, 1.02];

    [Theory]
    [InlineData(1, false)]
    [InlineData(0.985, false)]
    [InlineData(0.97, true)]
    [InlineData(0.5, true)]
    public void A_student_is_slower_where_its_upper_quartile_is_below_what_noise_may_have_slowed(double speed, bool isSlower) =>
        Assert.Equal(isSlower, CompressionJudge.IsSlower([.. Steady.Select(ratio => ratio * speed)], Steady, 1));

    [Fact]
    public void A_noisy_machine_refuses_less_and_a_lucky_one_no_more()
    {
        double[] own = [.. Steady.Select(ratio => ratio * 0.95)];
        Assert.True(CompressionJudge.IsSlower(own, Steady, 1));
        Assert.False(CompressionJudge.IsSlower(own, [0.8, 0.85, 0.9, 1, 1.1, 1.2, 1.3], 1));
        Assert.False(CompressionJudge.IsSlower(Steady, [.. Steady.Select(ratio => ratio * 1.2)], 1));
    }

    [Fact]
    public void The_least_speed_that_is_asked_for_counts()
    {
        Assert.True(CompressionJudge.IsSlower([.. Steady.Select(ratio => ratio * 1.3)], Steady, 1.5));
        Assert.False(CompressionJudge.IsSlower([.. Steady.Select(ratio => ratio * 1.3)], Steady, 1.25));
        Assert.False(CompressionJudge.IsSlower([.. Steady.Select(ratio => ratio * 0.6)], Steady, 0.5));
    }
}
