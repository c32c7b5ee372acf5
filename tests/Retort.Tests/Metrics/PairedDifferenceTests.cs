using Retort.Metrics;
using Retort.Runs;

namespace Retort.Tests.Metrics;

public sealed class PairedDifferenceTests
{
    // Bentur et al. 2009, airway hyper-responsiveness before and after: 1 and 7 discordant of 21 pairs. Fagerland, Lydersen and Laake 2014 (Statistics in
    // Medicine 33:2850), table V, have Tango's interval of 95 % as −0.517 to −0.026: two limits of 97.5 % each.
    [Fact]
    public void A_published_example_comes_out()
    {
        Assert.Equal(-0.026, PairedDifference.UpperLimit(1, 7, 21, 0.975), 3);
        Assert.Equal(0.517, PairedDifference.UpperLimit(7, 1, 21, 0.975), 3);
    }

    // With no discordant text the most likely q is 0, and D² n / (D (1 − D)) = z² is solved by D = z² / (n + z²).
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Where_nothing_differs_the_limit_is_that_of_its_formula(int texts)
    {
        const double z = 1.6448536269514722;
        Assert.Equal(z * z / (texts + z * z), PairedDifference.UpperLimit(0, 0, texts, 0.95), 12);
    }

    [Fact]
    public void It_grows_with_confidence_and_with_what_the_first_has_right_and_falls_with_more_texts()
    {
        Assert.True(PairedDifference.UpperLimit(5, 5, 100, 0.95) > PairedDifference.UpperLimit(5, 5, 100, 0.9));
        Assert.True(PairedDifference.UpperLimit(6, 5, 100, 0.95) > PairedDifference.UpperLimit(5, 5, 100, 0.95));
        Assert.True(PairedDifference.UpperLimit(5, 6, 100, 0.95) < PairedDifference.UpperLimit(5, 5, 100, 0.95));
        Assert.True(PairedDifference.UpperLimit(50, 50, 1000, 0.95) < PairedDifference.UpperLimit(5, 5, 100, 0.95));
        Assert.Equal(0, PairedDifference.UpperLimit(5, 5, 100, 0.5), 12);
        Assert.InRange(PairedDifference.UpperLimit(0, 100, 100, 0.95), -1, 0);
        Assert.Equal(1, PairedDifference.UpperLimit(100, 0, 100, 0.95), 12);
    }

    [Theory]
    [InlineData(0.03, 0.02)]
    [InlineData(0.08, 0.08)]
    [InlineData(0.01, 0.05)]
    public void It_lies_above_the_true_difference_as_often_as_it_says(double onlyFirst, double onlySecond)
    {
        const int draws = 4000, texts = 800;
        var random = new SeededRandom(1);
        int right = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            int b = 0, c = 0;
            for (int k = 0; k < texts; k++)
            {
                double u = random.Share();
                b += u < onlyFirst ? 1 : 0;
                c += u >= onlyFirst && u < onlyFirst + onlySecond ? 1 : 0;
            }
            right += PairedDifference.UpperLimit(b, c, texts, 0.95) >= onlyFirst - onlySecond ? 1 : 0;
        }
        // Four standard errors of 4,000 draws on either side.
        Assert.InRange(right / (double)draws, 0.936, 0.964);
    }

    [Theory]
    [InlineData(-1, 0, 10, 0.95)]
    [InlineData(6, 5, 10, 0.95)]
    [InlineData(0, 0, 0, 0.95)]
    [InlineData(1, 1, 10, 1)]
    [InlineData(1, 1, 10, 0.4)]
    public void What_cannot_be_is_refused(int onlyFirst, int onlySecond, int texts, double confidence) =>
        Assert.ThrowsAny<ArgumentException>(() => PairedDifference.UpperLimit(onlyFirst, onlySecond, texts, confidence));
}
