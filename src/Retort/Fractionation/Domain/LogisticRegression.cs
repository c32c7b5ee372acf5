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
        int negatives = negative.Length / width, positives = positive.Length / width;
        Tensor x = cat([scale.Apply(negative), scale.Apply(positive)]); // (rows, width + 1): the last is 1
        Tensor share = Both(0.5 / negatives, 0.5 / positives), label = Both(0, 1);
        Tensor penalty = tensor([.. Enumerable.Repeat(l2, width), 0.0]);
        return scale.Undo(Minimize(x, share, label, penalty, cancellation).data<double>().ToArray());

        Tensor Both(double ofNegative, double ofPositive) =>
            tensor([.. Enumerable.Repeat(ofNegative, negatives), .. Enumerable.Repeat(ofPositive, positives)]);
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

    // No numbers among the operands: TorchSharp 0.107 wraps each in an object that nothing keeps alive during the native call,
    // and the garbage collector, which the arrays here keep busy, has been seen to take one away.
    private static Tensor Minimize(Tensor x, Tensor share, Tensor label, Tensor penalty, CancellationToken cancellation)
    {
        Tensor weights = zeros_like(penalty), none = zeros_like(label), half = tensor([0.5]);
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor odds = matmul(x, weights); // (rows)
            Tensor slope = matmul(x.t(), share * (sigmoid(odds) - label)) + penalty * weights;
            Tensor spread = share * sigmoid(odds) * sigmoid(-odds); // (rows)
            Tensor curvature = matmul(x.t(), x * spread.unsqueeze(1)) + diag(penalty);
            Tensor direction = linalg.solve(curvature, slope); // (width + 1)
            if (Sum(slope * direction) < Converged || Lower(weights, direction) is not { } lower)
                break;
            weights = lower.MoveToOuterDisposeScope();
        }
        return weights;

        Tensor? Lower(Tensor from, Tensor direction)
        {
            double before = Loss(from);
            for (int k = 0; k < Halvings; k++)
            {
                Tensor next = from - direction;
                if (Loss(next) < before)
                    return next;
                direction *= half;
            }
            return null;
        }

        double Loss(Tensor at)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor odds = matmul(x, at);
            // ln(1 + e^odds) without overflow.
            return Sum(share * (logaddexp(odds, none) - label * odds)) + Sum(penalty * at * at) / 2;
        }
    }

    private static double Sum(Tensor values) => values.sum().data<double>()[0];
}
