namespace Retort.Cascades;

/// <summary>
/// Split conformal prediction: from which probability on a class stands in the set, so that a stated share of the sets holds the true one (Vovk et al. 2005;
/// Sadinle et al. 2019, arXiv:1609.00451).
/// </summary>
public static class Conformal
{
    /// <summary>
    /// The ⌊α (n + 1)⌋-th smallest of the true classes' probabilities, α = 1 − coverage: of n + 1 texts drawn alike, the last is as likely in each place. 0, so
    /// that all classes stand in the set, where n is too small to leave one out.
    /// </summary>
    /// <param name="ofTrueClass">The student's probability of the true class, of each text of dev.</param>
    /// <param name="coverage">Above 0 and below 1.</param>
    public static double Threshold(IReadOnlyList<double> ofTrueClass, double coverage)
    {
        // 1 − 0.9 is a hair below a tenth, which would cost a place where α (n + 1) is whole.
        int place = (int)Math.Floor((1 - coverage) * (ofTrueClass.Count + 1) + 1e-9);
        return place < 1 ? 0 : ofTrueClass.Order().ElementAt(place - 1);
    }
}
