using Retort.Fractionation.Domain;
using Retort.Fractionation.States;
using Retort.Runs;

namespace Retort.Tests.Fractionation.Domain;

public sealed class DensityRatioTests
{
    [Fact]
    public void With_unit_variance_and_means_apart_the_log_odds_are_the_ratio_of_the_densities()
    {
        // Means ±0.5 in one dimension: ln p_target(x) / p_source(x) = x.
        StateRows source = RandomStates.Source(RandomStates.Normal(20_000, 1, seed: 1, mean: -0.5), 1);
        double[] scores = DensityRatio.Score(source, RandomStates.Target(RandomStates.Normal(8000, 1, seed: 2, mean: 0.5), 1), 5, 1e-4, 1, CancellationToken.None);
        float[] x = source.Read(0, source.Count);
        // The slope's standard error with 6,500 and 8,000 texts is 0.02.
        Assert.All(Enumerable.Range(0, x.Length), k => Assert.InRange(scores[k] - x[k], -0.08 * (1 + Math.Abs(x[k])), 0.08 * (1 + Math.Abs(x[k]))));
    }

    [Fact]
    public void Domains_apart_are_told_apart()
    {
        float[] mixed = [.. RandomStates.Normal(200, 4, seed: 3), .. RandomStates.Normal(50, 4, seed: 4, mean: 4)];
        double[] scores = Score(mixed, RandomStates.Normal(100, 4, seed: 5, mean: 4), 4);
        Assert.True(scores[200..].Min() > scores[..200].Max());
        Assert.True(scores[..200].Max() < 0);
    }

    [Fact]
    public void On_one_distribution_the_log_odds_are_about_0_however_many_features()
    {
        const int Width = 200, Count = 300;
        double remembered = 0, mean = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            float[] source = RandomStates.Normal(Count, Width, seed: 100 + seed), target = RandomStates.Normal(Count, Width, seed: 200 + seed);
            // Fitted on what it scores, a classifier remembers which texts are source.
            LogisticRegression inSample = LogisticRegression.Fit(source, target, Width, 0.0001, CancellationToken.None);
            remembered += Enumerable.Range(0, Count).Average(k => inSample.LogOdds(source.AsSpan(k * Width, Width))) / 10;
            mean += DensityRatio.Score(RandomStates.Source(source, Width), RandomStates.Target(target, Width), 5, 0.0001, 1, CancellationToken.None).Average() / 10;
        }
        Assert.True(remembered < -0.8, $"{remembered}");
        // The mean of one seed has a standard deviation of 0.3: three standard errors of ten.
        Assert.InRange(mean, -0.28, 0.28);
    }

    [Fact]
    public void More_source_than_is_fitted_on_is_scored_all_the_same()
    {
        int count = DensityRatio.FittedRows * 2 + 5;
        double[] scores = Score(RandomStates.Normal(count, 1, seed: 8), RandomStates.Normal(40, 1, seed: 9, mean: 2), 1);
        Assert.Equal(count, scores.Length);
        Assert.All(scores, score => Assert.True(double.IsFinite(score) && score != 0));
    }

    [Fact]
    public void The_same_seed_brings_the_same_scores_and_another_one_other_folds()
    {
        float[] source = RandomStates.Normal(60, 3, seed: 10), target = RandomStates.Normal(20, 3, seed: 11);
        Assert.Equal(Score(source, target, 3, seed: 1), Score(source, target, 3, seed: 1));
        Assert.NotEqual(Score(source, target, 3, seed: 1), Score(source, target, 3, seed: 2));
    }

    [Fact]
    public void Two_texts_of_each_domain_suffice_and_less_is_refused()
    {
        Assert.All(Score([1, 2], [3, 4], 1), score => Assert.True(double.IsFinite(score)));
        Assert.Equal("there is 1 source state: expected at least 2, one to leave out and one to fit on",
            Assert.Throws<RetortException>(() => Score([1], [3, 4], 1)).Message);
        Assert.Throws<RetortException>(() => Score([1, 2], [], 1));
        Assert.Throws<RetortException>(() => Score([1, 2], [3], 1));
        Assert.Throws<RetortException>(() => DensityRatio.Score(RandomStates.Source(new float[4], 2), RandomStates.Target(new float[6], 3), 5, 0.01, 1, CancellationToken.None));
        Assert.Throws<RetortException>(() => Score([1, float.NaN], [3, 4], 1));
        StateRows two = RandomStates.Source([1, 2], 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => DensityRatio.Score(two, two, 1, 0.01, 1, CancellationToken.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => DensityRatio.Score(two, two, 2, 0, 1, CancellationToken.None));
        Assert.Throws<OperationCanceledException>(() => DensityRatio.Score(two, two, 2, 0.01, 1, new CancellationToken(true)));
    }

    private static double[] Score(float[] source, float[] target, int width, long seed = 1) =>
        DensityRatio.Score(RandomStates.Source(source, width), RandomStates.Target(target, width), 5, 0.01, seed, CancellationToken.None);
}
