using Retort.Metrics;

namespace Retort.Tests.Metrics;

public sealed class McNemarTests
{
    // Exact two-sided binomial tests at p = 1/2, as in tables of the sign test: n = 8, 10, 20.
    [Theory]
    [InlineData(0, 8, 0.0078125)]
    [InlineData(1, 9, 0.021484375)]
    [InlineData(15, 5, 0.04138946533203125)]
    [InlineData(4, 4, 1)]
    [InlineData(0, 0, 1)]
    public void Few_discordant_texts_are_tested_exactly(int onlyFirst, int onlySecond, double p)
    {
        McNemarResult result = McNemar.Test(onlyFirst, onlySecond);

        Assert.True(result.IsExact);
        Assert.Equal(p, result.PValue, 12);
    }

    [Theory]
    // 59 against 121 gives χ² = 61²/180 = 20.6722 with Edwards's correction; its tail is 5.45e-6.
    [InlineData(59, 121, 20.672222222222222)]
    [InlineData(30, 31, 0)]
    [InlineData(20, 20, 0)]
    [InlineData(10, 25, 5.6)]
    public void Many_are_tested_by_corrected_chi_square(int onlyFirst, int onlySecond, double chiSquare)
    {
        McNemarResult result = McNemar.Test(onlyFirst, onlySecond);

        Assert.False(result.IsExact);
        Assert.Equal(ErrorFunction.Complement(Math.Sqrt(chiSquare / 2)), result.PValue, 12);
    }

    // The critical values of χ² with one degree of freedom, as printed in statistical tables.
    [Theory]
    [InlineData(2.705543454095404, 0.10)]
    [InlineData(3.841458820694124, 0.05)]
    [InlineData(6.634896601021213, 0.01)]
    [InlineData(10.827566170662733, 0.001)]
    public void The_tail_of_chi_square_matches_the_tables(double chiSquare, double p) =>
        Assert.Equal(p, ErrorFunction.Complement(Math.Sqrt(chiSquare / 2)), 12);

    // Abramowitz and Stegun, table 7.1; beyond it the C library.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0.479500122186953)]
    [InlineData(1, 0.157299207050285)]
    [InlineData(2, 0.004677734981047266)]
    [InlineData(3, 2.209049699858544e-5)]
    [InlineData(5, 1.5374597944280349e-12)]
    public void The_error_function_matches_published_values(double x, double expected) =>
        Assert.InRange(ErrorFunction.Complement(x) / expected, 1 - 1e-12, 1 + 1e-12);

    [Fact]
    public void Both_ways_of_computing_the_error_function_meet() =>
        Assert.InRange(ErrorFunction.Complement(2 - 1e-12) / ErrorFunction.Complement(2), 1 - 1e-11, 1 + 1e-11);

    [Fact]
    public void The_exact_test_and_the_approximation_agree_where_they_meet()
    {
        for (int b = 0; b <= 12; b++)
            Assert.Equal(McNemar.Test(b, 24 - b).PValue, McNemar.Test(b, 25 - b).PValue, tolerance: 0.16);
    }

    [Fact]
    public void Texts_are_compared_one_by_one_and_the_order_of_the_two_does_not_matter()
    {
        bool[] first = [true, true, true, false, false, true], second = [true, false, false, true, false, true];

        McNemarResult result = McNemar.Test(first, second);

        Assert.Equal((2, 1), (result.OnlyFirst, result.OnlySecond));
        Assert.Equal(result.PValue, McNemar.Test(second, first).PValue);
        Assert.Equal(1, McNemar.Test(first, first).PValue);
    }

    [Fact]
    public void Lists_of_unlike_length_are_refused()
    {
        Assert.Throws<ArgumentException>(() => McNemar.Test([true], [true, false]));
        Assert.Throws<ArgumentException>(() => McNemar.Test(-1, 3));
    }
}
