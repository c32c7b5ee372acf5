using Retort.Cascades;
using Retort.Runs;

namespace Retort.Tests.Cascades;

public sealed class ConformalTests
{
    // ⌊α (n + 1)⌋: of 9 texts one is left out at 90 %, of 8 none.
    [Theory]
    [InlineData(9, 0.9, 0.1)]
    [InlineData(8, 0.9, 0)]
    [InlineData(9, 0.85, 0.1)]
    [InlineData(9, 0.8, 0.2)]
    [InlineData(9, 0.95, 0)]
    [InlineData(99, 0.9, 1)]
    public void The_threshold_is_the_probability_of_its_place(int texts, double coverage, double threshold) =>
        Assert.Equal(threshold, Conformal.Threshold([.. Enumerable.Range(1, texts).Reverse().Select(k => k / 10.0)], coverage));

    [Fact]
    public void A_further_text_is_covered_as_often_as_was_asked_for()
    {
        const int draws = 20_000;
        var random = new SeededRandom(3);
        int held = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            double[] dev = [.. Enumerable.Range(0, 50).Select(_ => Probability())];
            held += Probability() >= Conformal.Threshold(dev, 0.9) ? 1 : 0;
        }
        // 5 of 51 places lie below the threshold; four standard errors.
        Assert.InRange(held / (double)draws, 46.0 / 51 - 0.0085, 46.0 / 51 + 0.0085);

        double Probability() => random.Share();
    }
}
