using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>Every model of a run side by side: quality, size, speed, cost.</summary>
internal static class Headline
{
    private static readonly Column[] Columns =
    [
        "on test", "seeds", "accuracy", "macro-F1", "size", "p50, µs", "p95, µs", "texts/s", "$ a million texts", "speed over teacher",
    ];

    public static XElement Of(RunReport report, double hourlyPrice) => Html.Section("headline", "Headline figures",
        Html.Table("Headline figures", Columns, report.Test.Rows.Select(row => Row(row, hourlyPrice))),
        Html.Faint(Invariant($"{report.Test.Texts:N0} texts; mean ± sample standard deviation over seeds. Latency is from raw text, one text at a time on one thread of the machine below, of the first seed. ")
            + Invariant($"Costs assume a core at ${hourlyPrice} an hour (report.hourly_price) that is never idle; a server that waits costs more, batches cost less.")
            + (report.Test.Rows.Any(row => row.Role == Role.Teacher) ? "" : " The teacher is left out: there are no signals of all of test.")),
        Significance(Difference.Of(report)), Teachers(report), Convergence(report));

    private static object?[] Row(ComparisonRow row, double hourlyPrice) =>
    [
        row.Role.Title(), Figures.Count(row.Seeds), Figures.Share(row.Accuracy), Figures.Share(row.MacroF1), Figures.Bytes(row.Bytes), Figures.Number(row.Latency?.P50), Figures.Number(row.Latency?.P95),
        Figures.Number(row.Latency?.TextsPerSecond), Cost.Text(Cost.OfMillion(row.Latency, hourlyPrice)), row.SpeedRatio is { } ratio ? Figures.Number(ratio) + "×" : Figures.None,
    ];

    private static object?[]? Significance(IReadOnlyList<Difference> differences) => differences.Count == 0 ? null :
    [
        Html.Heading("Is it chance?"),
        Html.Table("Differences of the student to other models", ["the student over the", "points of accuracy", "p, over seeds", "McNemar p, by seed", new("so it is", IsText: true)],
            differences.Select(one => (object?[])
            [
                one.Other.Title(), Html.Signed(Invariant($"{one.Points:+0.00;−0.00;0.00}"), one.IsSignificant == true ? one.Points : null), Figures.PValue(one.PValue),
                one.McNemar.Count == 0 ? Figures.None : string.Join(", ", one.McNemar.Select(test => Figures.PValue(test.PValue))),
                one.IsSignificant switch { true => "significant at 0.05", false => "not significant", null => "not known" },
            ])),
        Html.Faint("Over seeds: a paired t-test of the accuracies of each seed, which asks whether another seed would find the same. McNemar's test asks of one seed whether other texts would. Several comparisons are made here, and none of the p is corrected for that."),
    ];

    private static object?[]? Teachers(RunReport report) => report.Teachers.Count == 0 ? null :
        [Html.Heading(report.Teachers.DistinctBy(score => score.Name).Count() > 1 ? "Each teacher, and all together" : "The teacher on each part"), Html.Table("Teachers", TeacherTable.Of(report.Teachers))];

    private static object?[]? Convergence(RunReport report) => report.Convergence.Count == 0 ? null :
        [Html.Heading("How soon each student was nearly as good"), Html.Table("Convergence", report.ConvergenceTable())];

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
