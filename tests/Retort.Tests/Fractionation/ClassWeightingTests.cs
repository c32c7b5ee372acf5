using Retort.Fractionation;
using Retort.Runs;

namespace Retort.Tests.Fractionation;

public sealed class ClassWeightingTests
{
    private static readonly string[] Names = ["rare", "common"];

    // 2 of 10 and 8 of 10 texts.
    private static readonly int[] Counts = [2, 8];

    [Theory]
    [InlineData(ClassBalance.None, 1, 1)]
    [InlineData(ClassBalance.Inverse, 0.5, 0.125)]
    [InlineData(ClassBalance.SquareRoot, 0.7071067812, 0.3535533906)]
    // 0.1 / (1 − 0.9²) = 0.1 / 0.19 and 0.1 / (1 − 0.9⁸) = 0.1 / 0.56953279.
    [InlineData(ClassBalance.EffectiveNumber, 0.5263157895, 0.1755825156)]
    // 0.6 / 2 and 0.4 / 8.
    [InlineData(ClassBalance.Prior, 0.3, 0.05)]
    public void Each_rule_weighs_a_text_by_its_class(ClassBalance balance, double rare, double common)
    {
        double[] weights = ClassWeighting.Of(Options(balance), Counts, Names);
        Assert.Equal(rare, weights[0], 1e-9);
        Assert.Equal(common, weights[1], 1e-9);
    }

    [Theory]
    [InlineData(1, -1.6094379, -0.2231436)]
    [InlineData(1.5, -2.4141569, -0.3347153)]
    public void Logits_are_adjusted_by_the_log_of_the_frequency(double strength, double rare, double common)
    {
        float[] added = ClassWeighting.LogitAdjustment(strength, Counts, Names);
        Assert.Equal(rare, added[0], 1e-6);
        Assert.Equal(common, added[1], 1e-6);
    }

    [Theory]
    [InlineData(ClassBalance.Inverse)]
    [InlineData(ClassBalance.SquareRoot)]
    [InlineData(ClassBalance.EffectiveNumber)]
    [InlineData(ClassBalance.Prior)]
    public void A_class_without_texts_is_refused(ClassBalance balance)
    {
        var error = Assert.Throws<UsageException>(() => ClassWeighting.Of(Options(balance), [10, 0], Names));
        Assert.Equal("fractionation.class_balance", error.Key);
        Assert.Contains("no text of the transfer set is of the class common", error.Message, StringComparison.Ordinal);
        var adjusted = Assert.Throws<UsageException>(() => ClassWeighting.LogitAdjustment(1, [0, 10], Names));
        Assert.Equal("fractionation.logit_adjustment", adjusted.Key);
        Assert.Contains("the class rare", adjusted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_balance_a_class_may_have_no_text() => Assert.Equal([1, 1], ClassWeighting.Of(Options(ClassBalance.None), [10, 0], Names));

    [Fact]
    public void A_prior_of_other_classes_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => ClassWeighting.Of(Options(ClassBalance.Prior) with { ClassPrior = [0.2, 0.3, 0.5] }, Counts, Names));
        Assert.Equal("fractionation.class_prior", error.Key);
        Assert.Contains("names 3 shares: expected 2, one for each of rare, common", error.Message, StringComparison.Ordinal);
    }

    private static FractionationOptions Options(ClassBalance balance) => new() { ClassBalance = balance, EffectiveNumberBeta = 0.9, ClassPrior = [0.6, 0.4] };
}
