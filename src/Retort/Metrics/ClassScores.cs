namespace Retort.Metrics;

/// <summary>The scores of one class. Precision, recall and F1 are 0 where their denominator is 0.</summary>
/// <param name="Precision">Share of the texts given this class that have it.</param>
/// <param name="Recall">Share of the texts that have this class that were given it.</param>
/// <param name="F1">2·hits / (support + predicted).</param>
/// <param name="Support">Texts that have this class.</param>
/// <param name="Predicted">Texts that were given this class.</param>
public sealed record ClassScores(double Precision, double Recall, double F1, int Support, int Predicted)
{
    /// <summary>No text has this class and none was given it: it says nothing, and stays out of macro-F1.</summary>
    public bool IsAbsent => Support == 0 && Predicted == 0;

    internal static ClassScores From(int hits, int support, int predicted) =>
        new(Ratio(hits, predicted), Ratio(hits, support), Ratio(2 * hits, support + predicted), support, predicted);

    /// <summary>
    /// The mean F1 of the classes that are in the truth or in the prediction; a class in only one of them counts with 0.
    /// The same as scikit-learn's f1_score(average="macro") where it is not told the labels. 0 where all are absent.
    /// </summary>
    public static double MacroF1(IReadOnlyList<ClassScores> classes)
    {
        double[] present = classes.Where(scores => !scores.IsAbsent).Select(scores => scores.F1).ToArray();
        return present.Length == 0 ? 0 : present.Average();
    }

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
