using Retort.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Fractionation.Domain;

/// <summary>The loss of a logistic regression that counts both kinds of rows alike, with its slope and curvature.</summary>
/// <remarks>
/// libtorch multiplies matrices, and the rest is done on arrays. A sum of two tensors would not be safe here: TorchSharp 0.107
/// passes libtorch the factor 1 in an object that nothing keeps alive during the call, and with arrays of this size about the
/// garbage collector has been seen to take it away.
/// </remarks>
internal sealed class LogisticLoss
{
    private readonly Tensor _x;
    private readonly double[] _share;
    private readonly double[] _label;
    private readonly double _l2;

    /// <param name="x">(rows, width + 1) In double precision, the negative ones first; the last feature is 1, and its weight is free.</param>
    /// <param name="negatives">How many are negative.</param>
    /// <param name="positives">How many are positive.</param>
    /// <param name="l2">See <see cref="LogisticRegression.Fit"/>.</param>
    public LogisticLoss(Tensor x, int negatives, int positives, double l2)
    {
        (_x, _l2) = (x, l2);
        _share = [.. Enumerable.Repeat(0.5 / negatives, negatives), .. Enumerable.Repeat(0.5 / positives, positives)];
        _label = [.. Enumerable.Repeat(0.0, negatives), .. Enumerable.Repeat(1.0, positives)];
    }

    /// <summary>In nats a row.</summary>
    public double At(double[] weights)
    {
        double sum = 0;
        double[] odds = Odds(weights);
        for (int row = 0; row < odds.Length; row++)
            sum -= _share[row] * (Probability.LogSigmoid(-odds[row]) + _label[row] * odds[row]); // −ln(1 − p) − label · odds
        return sum + _l2 / 2 * weights.SkipLast(1).Sum(weight => weight * weight);
    }

    /// <summary>(width + 1) each: the slope, and the curvature's inverse times it, which Newton's method goes against.</summary>
    public (double[] Slope, double[] Direction) Newton(double[] weights)
    {
        double[] odds = Odds(weights), error = new double[odds.Length], spread = new double[odds.Length];
        for (int row = 0; row < odds.Length; row++)
        {
            double probability = Probability.Sigmoid(odds[row]);
            error[row] = _share[row] * (probability - _label[row]);
            spread[row] = _share[row] * probability * (1 - probability);
        }
        using DisposeScope scope = NewDisposeScope();
        double[] slope = matmul(_x.t(), tensor(error)).data<double>().ToArray();
        double[] curvature = matmul(_x.t(), _x * tensor(spread).unsqueeze(1)).data<double>().ToArray(); // (width + 1, width + 1)
        for (int k = 0; k < slope.Length - 1; k++)
        {
            slope[k] += _l2 * weights[k];
            curvature[k * slope.Length + k] += _l2;
        }
        return (slope, linalg.solve(tensor(curvature, [slope.Length, slope.Length]), tensor(slope)).data<double>().ToArray());
    }

    private double[] Odds(double[] weights)
    {
        using DisposeScope scope = NewDisposeScope();
        return matmul(_x, tensor(weights)).data<double>().ToArray();
    }
}
