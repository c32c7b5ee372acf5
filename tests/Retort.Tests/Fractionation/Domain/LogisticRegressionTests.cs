using Retort.Fractionation.Domain;
using TorchSharp;

namespace Retort.Tests.Fractionation.Domain;

public sealed class LogisticRegressionTests
{
    [Theory]
    [InlineData(40, 60, 3, 0.01)]
    [InlineData(7, 90, 5, 0.3)]
    public void The_slope_of_the_loss_is_0_at_what_is_found(int negatives, int positives, int width, double l2)
    {
        float[] negative = RandomStates.Normal(negatives, width, seed: 1), positive = RandomStates.Normal(positives, width, seed: 2, mean: 0.5);
        LogisticRegression model = LogisticRegression.Fit(negative, positive, width, l2, CancellationToken.None);
        Standardization scale = Standardization.Of(negative, positive, width);
        double[] slope = new double[width + 1];
        Add(negative, 0);
        Add(positive, 1);
        for (int k = 0; k < width; k++)
            slope[k] += l2 * model.Weights[k] / scale.Scale[k];
        // Newton's step that is left out at the end is below 1e-5 of a nat's square root.
        Assert.All(slope, value => Assert.Equal(0, value, 1e-6));

        void Add(float[] rows, int label)
        {
            int count = rows.Length / width;
            for (int row = 0; row < count; row++)
            {
                double error = 1 / (1 + Math.Exp(-model.LogOdds(rows.AsSpan(row * width, width)))) - label;
                for (int k = 0; k <= width; k++)
                    slope[k] += 0.5 / count * error * (k < width ? (rows[row * width + k] - scale.Mean[k]) * scale.Scale[k] : 1);
            }
        }
    }

    [Fact]
    public void Both_kinds_count_alike_however_many_there_are()
    {
        float[] negative = RandomStates.Normal(30, 2, seed: 3), positive = RandomStates.Normal(20, 2, seed: 4, mean: 1);
        LogisticRegression once = LogisticRegression.Fit(negative, positive, 2, 0.1, CancellationToken.None);
        LogisticRegression often = LogisticRegression.Fit(negative, [.. positive, .. positive, .. positive], 2, 0.1, CancellationToken.None);
        Assert.Equal(once.Weights[0], often.Weights[0], 1e-6);
        Assert.Equal(once.Bias, often.Bias, 1e-6);
    }

    [Fact]
    public void Features_may_be_measured_in_any_unit()
    {
        float[] negative = RandomStates.Normal(30, 2, seed: 5), positive = RandomStates.Normal(20, 2, seed: 6, mean: 1);
        LogisticRegression plain = LogisticRegression.Fit(negative, positive, 2, 0.1, CancellationToken.None);
        LogisticRegression large = LogisticRegression.Fit(Larger(negative), Larger(positive), 2, 0.1, CancellationToken.None);
        Assert.Equal(plain.LogOdds(negative.AsSpan(0, 2)), large.LogOdds(Larger(negative).AsSpan(0, 2)), 1e-6);

        static float[] Larger(float[] rows) => [.. rows.Select((value, k) => k % 2 == 0 ? value * 1024 : value)];
    }

    [Fact]
    public void A_feature_that_never_changes_has_no_weight_and_kinds_apart_stay_finite()
    {
        LogisticRegression model = LogisticRegression.Fit([-3, 0.1f, -2, 0.1f], [2, 0.1f, 3e30f, 0.1f], 2, 1e-4, CancellationToken.None);
        Assert.Equal(0, model.Weights[1]);
        Assert.True(double.IsFinite(model.LogOdds([float.MaxValue, 1])));
        LogisticRegression apart = LogisticRegression.Fit([-3, -2], [2, 3], 1, 1e-4, CancellationToken.None);
        Assert.InRange(apart.LogOdds([2]), 3, 20);
        Assert.Equal(-apart.LogOdds([2]), apart.LogOdds([-2]), 1e-6);
    }

    [Fact]
    public void No_tensor_is_left()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        LogisticRegression.Fit(RandomStates.Normal(30, 4, seed: 7), RandomStates.Normal(30, 4, seed: 8), 4, 0.01, CancellationToken.None);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
