using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Fractionation.Domain;

/// <summary>
/// A linear classifier of two kinds of rows that counts both kinds alike however many there are of each: its log-odds are
/// those of a row drawn with even chances. Features are standardized and the weights of the standardized features held
/// small (L2); the bias is free. Fitted by Newton's method in double precision, halving a step that does not lower the loss:
/// with L2 the loss has one minimum.
/// </summary>
/// <param name="Weights">(width) For features as they come.</param>
/// <param name="Bias">The log-odds of a row of zeros.</param>
internal sealed record LogisticRegression(double[] Weights, double Bias)
{
    private const int Steps = 50;
    private const int Halvings = 30;

    // Half of this is what a full step can still lower the loss by, in nats a row.
    private const double Converged = 1e-10;

    /// <summary>Costs about ten products of (width × rows) by (rows × width); holds the rows twice, in double precision.</summary>
    /// <param name="negative">(rows × width), finite, at least one.</param>
    /// <param name="positive">(rows × width), finite, at least one: those that high log-odds speak for.</param>
    /// <param name="width">Features in a row.</param>
    /// <param name="l2">The loss is the mean in nats over both kinds plus half of this times the sum of squared weights; above 0.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static LogisticRegression Fit(float[] negative, float[] positive, int width, double l2, CancellationToken cancellation)
    {
        Standardization scale = Standardization.Of(negative, positive, width);
        using DisposeScope scope = NewDisposeScope();
        Tensor x = cat([scale.Apply(negative), scale.Apply(positive)]); // (rows, width + 1): the last is 1
        var problem = new LogisticLoss(x, negative.Length / width, positive.Length / width, l2);
        return scale.Undo(Minimize(problem, width + 1, cancellation));
    }

    /// <summary>ln P(positive) − ln P(negative).</summary>
    /// <param name="row">(width).</param>
    public double LogOdds(ReadOnlySpan<float> row)
    {
        double sum = Bias;
        for (int k = 0; k < row.Length; k++)
            sum += Weights[k] * row[k];
        return sum;
    }

    private static double[] Minimize(LogisticLoss loss, int count, CancellationToken cancellation)
    {
        double[] weights = new double[count];
        double before = loss.At(weights);
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            (double[] slope, double[] direction) = loss.Newton(weights);
            if (slope.Zip(direction, (a, b) => a * b).Sum() < Converged)
                break;
            double length = 1;
            double[] next = Moved();
            double after = loss.At(next);
            for (int k = 0; k < Halvings && !(after < before); k++)
            {
                length /= 2;
                next = Moved();
                after = loss.At(next);
            }
            if (!(after < before))
                break;
            (weights, before) = (next, after);

            double[] Moved() => [.. weights.Zip(direction, (weight, change) => weight - length * change)];
        }
        return weights;
    }
}
