using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Pages;

namespace Retort.Reports.Sections;

/// <summary>How closely the students follow the teacher, and where not.</summary>
internal static class FidelitySection
{
    private static readonly (WhoIsRight WhoIsRight, string Title)[] Groups =
    [
        (WhoIsRight.TeacherRight, "The teacher is right: what the student lost"), (WhoIsRight.StudentRight, "The student is right: what it won"), (WhoIsRight.NeitherRight, "Neither is right"),
        (WhoIsRight.Unknown, "Without labels"),
    ];

    /// <param name="run">The run.</param>
    /// <param name="examples">How many texts may be shown.</param>
    public static XElement? Of(RunFiles run, int examples)
    {
        ModelReport[] students = [.. run.Report.Models.Where(model => model.Role != Role.Teacher)];
        bool onTest = students.Any(model => model.Test.Agreement is not null);
        if (!onTest && !students.Any(model => model.Dev.Agreement is not null))
            return null;
        return Html.Section("fidelity", "Fidelity to the teacher",
            Html.Table("Fidelity", [$"on {(onTest ? "test" : "dev")}", "agreement", "KL from the teacher, nats"], students.GroupBy(model => model.Role).OrderBy(role => role.Key).Select(role => (object?[])
            [
                role.Key.Title(), Over(role, onTest, result => result.Agreement), Over(role, onTest, result => result.Divergence),
            ])),
            onTest ? null : Html.Faint("The teacher did not answer all texts of test: fidelity is that on dev."),
            Examples(run.Disagreements, examples));
    }

    private static IEnumerable<XElement> Examples(Disagreements? found, int most)
    {
        yield return Html.Heading("Where they disagree");
        if (found is null)
        {
            yield return Html.Faint("No examples were kept: report.examples was 0, the teacher did not answer all of the texts, or an older version evaluated the run.");
            yield break;
        }
        yield return Html.Paragraph(string.Create(CultureInfo.InvariantCulture, $"The {found.Role.Title()} of seed {found.Seed} decides {found.Counts.Values.Sum():#,0} texts of {found.Part} otherwise than the teacher: ")
            + string.Join(", ", Groups.Where(group => found.Counts.ContainsKey(group.WhoIsRight)).Select(group => $"{Figures.Count(found.Counts[group.WhoIsRight])} where {Where(group.WhoIsRight)}")) + ".");
        foreach ((WhoIsRight verdict, string title) in Groups)
        {
            Disagreement[] shown = [.. found.Examples.Where(example => example.WhoIsRight == verdict).Take(verdict == WhoIsRight.Unknown ? most : (most + 2) / 3)];
            if (shown.Length > 0)
                yield return Html.Details($"{title} ({shown.Length} of {Figures.Count(found.Counts[verdict])})", Table(title, shown));
        }
        if (most == 0)
            yield return Html.Faint("No text is shown (report.examples is 0).");
    }

    private static XElement Table(string title, IEnumerable<Disagreement> examples) => Html.Table(title,
        [new("text", IsText: true), new("label", IsText: true), new("teacher", IsText: true), "p", new("student", IsText: true), "p"],
        examples.Select(example => (object?[])[example.Text, example.Label, example.Teacher, Probability(example.TeacherProbability), example.Student, Probability(example.StudentProbability)]));

    private static string Where(WhoIsRight verdict) => verdict switch
    {
        WhoIsRight.TeacherRight => "the teacher is right",
        WhoIsRight.StudentRight => "the student is right",
        WhoIsRight.NeitherRight => "neither is",
        _ => "there is no label",
    };

    private static string Over(IEnumerable<ModelReport> models, bool onTest, Func<EvaluationResult, double?> figure) =>
        Figures.Share(Figures.SpreadOf(models.Select(model => figure(onTest ? model.Test : model.Dev))));

    private static string Probability(double probability) => probability.ToString("0.000", CultureInfo.InvariantCulture);
}
