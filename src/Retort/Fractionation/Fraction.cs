namespace Retort.Fractionation;

/// <summary>One choice of texts in a training.</summary>
/// <param name="Number">0 for the first.</param>
/// <param name="Step">The step from which it holds.</param>
/// <param name="Share">The fraction.</param>
/// <param name="Rows">The texts of its first pass, in ascending order.</param>
/// <param name="Weights">(rows) How often each is seen; of mean 1.</param>
/// <param name="Scores">(texts) By rule, what they were chosen by; empty while the student's scores say nothing yet.</param>
public sealed record Fraction(int Number, long Step, double Share, int[] Rows, double[] Weights, IReadOnlyDictionary<Score, double[]> Scores)
{
    /// <summary>What the fraction went by; null where it is not adaptive, and where nobody has looked at dev since the choice before.</summary>
    public AdaptiveReason? Reason { get; init; }
}
