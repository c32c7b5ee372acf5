using System.Globalization;
using Retort.Evaluation;
using Retort.Metrics;

namespace Retort.Reports.Sections;

/// <summary>The student's accuracy beside another model's, and whether chance would do as much.</summary>
/// <param name="Other">What it is compared with.</param>
/// <param name="Points">Percentage points that the student has over it, in the mean.</param>
/// <param name="Spread">Of both, in points, the larger one; null for single seeds.</param>
/// <param name="PValue">Of a paired t-test over the seeds; null for fewer than two, or where all differences are one.</param>
/// <param name="McNemar">Seed by seed; empty where it was not made.</param>
internal sealed record Difference(Role Other, double Points, double? Spread, double? PValue, IReadOnlyList<McNemarResult> McNemar)
{
    private const double Level = 0.05;

    /// <summary>Against every other model that stands in a report; empty without labels.</summary>
    public static IReadOnlyList<Difference> Of(RunReport report) => [.. report.Test.Rows.Where(row => row.Role != Role.Student).Select(row => Of(report, row.Role)).OfType<Difference>()];

    /// <summary>Whether chance alone would seldom do as much: over the seeds where there are several, else over the texts; null: it cannot be told.</summary>
    public bool? IsSignificant => PValue is { } p ? p < Level : McNemar is [var one] ? one.PValue < Level : null;

    /// <summary>How sure the difference is, in words.</summary>
    public string Certainty()
    {
        string texts = McNemar.Count == 0 ? "" : McNemar.Count == 1 ? Invariant($"McNemar's test: p {Sign(McNemar[0].PValue)}")
            : Invariant($"McNemar's test finds a difference in {McNemar.Count(test => test.PValue < Level)} of {McNemar.Count} seeds");
        string seeds = PValue is { } p ? Invariant($"paired t-test over seeds: p {Sign(p)}") : "";
        string tests = string.Join("; ", new[] { seeds, texts }.Where(text => text.Length > 0));
        string verdict = IsSignificant switch
        {
            true => "more than chance would do",
            false => Math.Abs(Points) <= Spread ? "within the spread over seeds, and not significant: it may be chance" : "not significant: it may be chance",
            null => Spread is null ? "one seed and no test, so it may be chance" : "no test could be made, so it may be chance",
        };
        return tests.Length > 0 ? $"{verdict} ({tests})" : verdict;
    }

    private static Difference? Of(RunReport report, Role other)
    {
        ModelReport[] students = [.. report.Models.Where(model => model.Role == Role.Student)], others = [.. report.Models.Where(model => model.Role == other)];
        // A teacher has one seed, and every student is held against it.
        double[] differences = [.. students.Select(student => (student, other: others.FirstOrDefault(model => model.Seed == student.Seed) ?? (others.Length == 1 ? others[0] : null)))
            .Select(pair => 100 * (pair.student.Test.Accuracy - pair.other?.Test.Accuracy)).OfType<double>()];
        if (differences.Length == 0)
            return null;
        double?[] deviations = [.. report.Test.Rows.Where(row => row.Role == other || row.Role == Role.Student).Select(row => row.Accuracy?.Deviation)];
        return new Difference(other, differences.Average(), 100 * deviations.Max(), PairedTest.PValue(differences), other switch
        {
            Role.Teacher => report.Test.McNemarOfTeacher,
            Role.Linear => report.Test.McNemarOfLinear,
            Role.StudentWithoutTeacher => report.Test.McNemar,
            Role.StudentOnRandomFraction => report.Test.McNemarOfRandom,
            _ => [],
        });
    }

    private static string Sign(double p) => p < 0.0001 ? "< 0.0001" : Invariant($"= {p:0.####}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
