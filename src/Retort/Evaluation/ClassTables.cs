using Retort.Metrics;

namespace Retort.Evaluation;

/// <summary>A result class by class.</summary>
public static class ClassTables
{
    /// <summary>Precision, recall, F1 and support of each class; a class that does not occur has no scores.</summary>
    public static TextTable PerClass(EvaluationResult result) => new(
        ["class", "precision", "recall", "F1", "support"],
        result.Classes.Zip(result.PerClass, (name, scores) => (IReadOnlyList<string>)
        [
            name, Cell(scores, scores.Precision), Cell(scores, scores.Recall), Cell(scores, scores.F1), Figures.Count(scores.Support),
        ]).ToArray());

    /// <summary>A line a true class, a column a predicted one, named by their index; null for a multi-label result.</summary>
    public static TextTable? Confusion(EvaluationResult result) => result.Confusion is null ? null : new(
        ["truth \\ predicted", .. result.Classes.Select((_, k) => $"{k}")],
        result.Confusion.Select((row, k) => (IReadOnlyList<string>)[$"{k} {result.Classes[k]}", .. row.Select(count => Figures.Count(count))]).ToArray());

    private static string Cell(ClassScores scores, double value) => Figures.Share(scores.IsAbsent ? null : value);
}
