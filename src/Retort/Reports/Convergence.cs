using System.Globalization;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Training;

namespace Retort.Reports;

/// <summary>How soon a student is nearly as good on dev as the one on all texts becomes.</summary>
/// <param name="Role">Which student.</param>
/// <param name="Steps">The first look at dev with 99 % of the best score that the student on all texts has, seed by seed; null where a seed never got there.</param>
/// <param name="Of">Steps of the training.</param>
/// <param name="Reached">How many seeds got there.</param>
/// <param name="Seeds">Of how many.</param>
public sealed record Convergence(Role Role, Spread? Steps, long Of, int Reached, int Seeds)
{
    private const double Nearly = 0.99;

    /// <summary>Every student beside the one on all texts; empty where that one was not trained.</summary>
    /// <param name="students">Of a run.</param>
    /// <param name="metric">What they were chosen by.</param>
    internal static IReadOnlyList<Convergence> Among(IReadOnlyList<StudentRun> students, DevMetric metric)
    {
        Dictionary<int, double> wanted = students.Where(student => student.Role == Role.StudentOnAllTexts)
            .ToDictionary(student => student.Seed, student => Nearly * student.Training.History.Max(look => look.Scores.Of(metric)));
        return wanted.Count == 0 ? [] : [.. students.Where(student => student.Role is not Role.StudentWithoutTeacher and not Role.StudentCompressed).GroupBy(student => student.Role).OrderBy(role => role.Key).Select(role =>
        {
            long?[] steps = [.. role.Select(student => student.Training.History.FirstOrDefault(look => look.Scores.Of(metric) >= wanted[student.Seed])?.Step)];
            return new Convergence(role.Key, Array.TrueForAll(steps, step => step is not null) ? Spread.Of([.. steps.Select(step => (double)step!.Value)]) : null,
                role.First().Training.Steps, steps.Count(step => step is not null), steps.Length);
        })];
    }

    /// <summary>As a table for people.</summary>
    internal static TextTable ToTable(IReadOnlyList<Convergence> rows) => new(["steps to 99 % of the dev score on all texts", "steps", "of", "seeds that got there"],
        [.. rows.Select(row => (string[])
            [row.Role.Title(), row.Steps is { } steps ? Text($"{steps.Mean:0}{(steps.Deviation is { } deviation ? Text($" ± {deviation:0}") : "")}") : "–", Text($"{row.Of:#,0}"), Text($"{row.Reached} of {row.Seeds}")])]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
