using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// A narrower table in the place of a table and what multiplies its rows: of all factorizations of that width the one whose
/// products differ least, squared and weighed by how often a row is used (Eckart and Young 1936).
/// </summary>
internal static class LowRank
{
    /// <summary>Directions of the table with less than this share of the largest are taken for nothing.</summary>
    private const double Negligible = 1e-10;

    /// <summary>The width from which on nothing is lost but rounding.</summary>
    /// <param name="rows">(rows, width) the table.</param>
    /// <param name="weights">(outputs, width) what its rows are multiplied by.</param>
    public static int ExactRank(Tensor rows, Tensor weights)
    {
        using var scope = NewDisposeScope();
        Tensor sizes = linalg.svdvals(weights.to(float64));
        int rank = (int)(sizes > sizes.max() * Math.Sqrt(Negligible)).sum().item<long>();
        return (int)Math.Min(Math.Max(rank, 1), rows.shape[1]);
    }

    /// <summary>Factorizes anew.</summary>
    /// <param name="rows">(rows, width) the table.</param>
    /// <param name="uses">(rows) float64 how much the error of a row counts.</param>
    /// <param name="weights">(outputs, width) what its rows are multiplied by.</param>
    /// <param name="width">The new width, at most the old one.</param>
    /// <returns>(rows, new width) and (outputs, new width), in single precision and the caller's DisposeScope.</returns>
    public static (Tensor Rows, Tensor Weights) Factorize(Tensor rows, Tensor uses, Tensor weights, int width)
    {
        using var scope = NewDisposeScope();
        Tensor table = rows.to(float64), outputs = weights.to(float64);
        // What a row's error weighs in the direction x is |R x|², with RᵀR the second moment of the rows.
        Tensor moment = (table * uses.unsqueeze(1)).t().matmul(table);
        (Tensor values, Tensor vectors) = linalg.eigh(moment);
        Tensor roots = values.clamp_min(0).sqrt();
        Tensor inverse = where(values > values.max() * Negligible, 1 / roots.clamp_min(double.Epsilon), zeros_like(roots));
        Tensor half = roots.unsqueeze(1) * vectors.t(); // R
        (Tensor left, Tensor sizes, Tensor right) = linalg.svd(half.matmul(outputs.t()), fullMatrices: false);
        Tensor share = sizes.narrow(0, 0, Math.Min(width, sizes.shape[0])).sqrt();
        long kept = share.shape[0];
        // Each side takes the root: columns of very different sizes would lose most in 8 bits.
        Tensor change = (vectors * inverse).matmul(left.narrow(1, 0, kept)) * share; // (width, kept)
        Tensor narrow = right.narrow(0, 0, kept).t() * share; // (outputs, kept)
        return (Wide(table.matmul(change), width).MoveToOuterDisposeScope(), Wide(narrow, width).MoveToOuterDisposeScope());
    }

    // Fewer outputs than columns: the rest are zeros.
    private static Tensor Wide(Tensor matrix, int width) =>
        nn.functional.pad(matrix, [0, width - matrix.shape[1]]).to(float32).contiguous();
}
