using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>
/// Fills <c>docs/results.md</c> from the results files: what stands between <c>&lt;!-- results:begin NAME --&gt;</c> and
/// <c>&lt;!-- results:end --&gt;</c> is replaced by the table of <c>docs/results/NAME.csv</c>, and all else is kept. With
/// <c>&lt;!-- results:begin NAME compared --&gt;</c> each student is compared with the plainest; behind <c>&lt;!-- results:overview</c>, lines and
/// <c>--&gt;</c> stand the runs that these lines choose (<see cref="ResultsOverview"/>).
/// </summary>
public static partial class ResultsTables
{
    private const string End = "<!-- results:end -->";

    /// <summary>Renders the page again; says whether that changed it.</summary>
    /// <param name="page">The Markdown file.</param>
    /// <param name="folder">The folder of the CSV files.</param>
    /// <exception cref="RetortException">A marker is broken or stands twice, or a CSV file has no marker or bad rows.</exception>
    public static bool Update(string page, string folder)
    {
        bool changed = AtomicFile.Renew(page, Render(File.ReadAllText(page), folder, page));
        foreach ((string file, string svg) in Plots(folder))
            changed |= AtomicFile.Renew(file, svg);
        return changed;
    }

    /// <summary>The plots that stand beside the results files: of each task whose students learnt from more and from fewer texts.</summary>
    public static IEnumerable<(string File, string Svg)> Plots(string folder)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.csv") : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            if (ResultsPlot.Svg(ResultsLog.Open(file).Read()) is { } svg)
                yield return (Path.ChangeExtension(file, ".svg"), svg);
        }
    }

    /// <summary>The page with its tables made anew.</summary>
    /// <param name="markdown">The page.</param>
    /// <param name="folder">The folder of the CSV files.</param>
    /// <param name="name">What to call the page in messages.</param>
    /// <exception cref="RetortException">See <see cref="Update"/>.</exception>
    public static string Render(string markdown, string folder, string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var page = new StringBuilder();
        int done = 0;
        foreach (Match begin in Begin().Matches(markdown))
        {
            string task = begin.Groups[1].Value;
            string? choice = begin.Groups[3].Success ? begin.Groups[3].Value : null;
            int body = begin.Index + begin.Length, end = markdown.IndexOf(End, body, StringComparison.Ordinal);
            string title = choice is null ? $"the table of {task}" : "the overview";
            if (end < 0 || Begin().Match(markdown, body) is { Success: true } next && next.Index < end)
                throw new RetortException($"{name}: {title} begins and does not end; write {End} after it");
            if (!seen.Add(task))
                throw new RetortException($"{name}: {title} begins twice; keep one");
            page.Append(markdown, done, body - done).Append("\n\n");
            done = end;
            if (choice is not null)
            {
                page.Append(ResultsOverview.Table(choice, folder, name)).Append('\n');
                continue;
            }
            IReadOnlyList<ResultsLine> lines = ResultsLog.Open(Path.Combine(folder, task + ".csv")).Read();
            if (lines.Count == 0 && markdown.AsSpan(body, end - body).Contains("\n| ", StringComparison.Ordinal))
                throw new RetortException($"{name} has {title}, and {Path.Combine(folder, task + ".csv")} is not there or has no line: expected the file that the table was made from; name its folder, or take the old table out of the page");
            if (ResultsPlot.Svg(lines) is not null)
                page.Append(CultureInfo.InvariantCulture, $"![Accuracy on test over the size {(ResultsPlot.IsOverBytes(lines) ? "on disk" : "of the transfer set")}, run by run]({Path.GetFileName(folder)}/{task}.svg)\n\n");
            page.Append(Table(lines, begin.Groups[2].Success)).Append('\n');
        }
        RequireMarkers(folder, seen, name);
        return page.Append(markdown, done, markdown.Length - done).ToString();
    }

    /// <summary>
    /// A row for each role and settings, in the order in which they were first run: figures as mean ± sample standard
    /// deviation over seeds, with the commands below. A seed that was run again counts with its newest line.
    /// </summary>
    /// <param name="lines">The lines of a results file.</param>
    /// <param name="compared">
    /// Whether each student says what it has in accuracy over the one with the fewest settings, and how likely that is by chance: by a paired t-test over the
    /// seeds that both have.
    /// </param>
    public static string Table(IReadOnlyList<ResultsLine> lines, bool compared = false)
    {
        if (lines.Count == 0)
            return "*No runs yet.*\n";
        ResultsLine[][] groups = Groups(lines);
        ResultsLine[]? plainest = compared ? groups.Where(group => group[0].Role == Role.Student).MinBy(group => group[0].Settings.Split(' ').Length) : null;
        string[] against = plainest is null ? [] : [$"over run {Array.IndexOf(groups, plainest) + 1}, points", "p"];
        var table = new TextTable(
            ["run", "n", "texts", "dev accuracy", "test accuracy", .. against, "test macro-F1", "agreement", "ECE", "size", "p50, µs", "p95, µs",
                "texts/s", "training, s"],
            groups.Select((group, index) => Row(group, index, plainest)).ToArray());
        return table.ToMarkdown() + "\n" + string.Concat(groups.Select(Note));
    }

    /// <summary>The lines of each run, in the order of the table.</summary>
    internal static ResultsLine[][] Groups(IReadOnlyList<ResultsLine> lines) => lines.GroupBy(line => (line.Role, line.Settings))
        .OrderBy(group => group.Key.Role)
        .Select(group => group.GroupBy(line => line.Seed).Select(seed => seed.Last()).ToArray())
        .ToArray();

    private static string[] Row(ResultsLine[] group, int index, ResultsLine[]? plainest) =>
    [
        $"{index + 1} {group[0].Role.Title()}{Beyond(group, plainest)}", group.Length.ToString(CultureInfo.InvariantCulture),
        Texts(group),
        Share(group, line => line.DevAccuracy), Share(group, line => line.TestAccuracy), .. plainest is null ? [] : Against(group, plainest),
        Share(group, line => line.TestMacroF1), Share(group, line => line.Agreement),
        Share(group, line => line.CalibrationError), Figures.Bytes(Mean(group, line => line.Bytes)),
        Figures.Number(Mean(group, line => line.P50)), Figures.Number(Mean(group, line => line.P95)),
        Figures.Number(Mean(group, line => line.TextsPerSecond)), Figures.Number(Mean(group, line => line.Seconds)),
    ];

    /// <summary>The settings that a student has beside the plainest one's.</summary>
    private static string Beyond(ResultsLine[] group, ResultsLine[]? plainest)
    {
        if (plainest is null || group[0].Role is not Role.Student and not Role.StudentCompressed)
            return "";
        string[] own = [.. group[0].Settings.Split(' ').Except(plainest[0].Settings.Split(' '))];
        return own.Length == 0 ? "" : $", `{string.Join(' ', own)}`";
    }

    private static string[] Against(ResultsLine[] group, ResultsLine[] plainest)
    {
        double[] differences = [.. group.Join(plainest, line => line.Seed, other => other.Seed, (line, other) => line.TestAccuracy - other.TestAccuracy).OfType<double>()];
        if (group == plainest || group[0].Role == Role.Teacher || differences.Length == 0)
            return [Figures.None, Figures.None];
        string points = string.Create(CultureInfo.InvariantCulture, $"{100 * differences.Average():+0.00;−0.00;0.00}");
        return [points, PairedTest.PValue(differences) is { } p ? PValue(p) : Figures.None];
    }

    // No chance is nil.
    private static string PValue(double p) => p < 0.005 ? "< 0.01" : string.Create(CultureInfo.InvariantCulture, $"{p:0.00}");

    /// <summary>What a row is of, with the commands that make it.</summary>
    internal static string Note(ResultsLine[] group, int index)
    {
        var note = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"{index + 1}. {group[0].Role.Title()}, `{group[0].Settings}`, seeds {List(group, line => $"{line.Seed}")}, ");
        note.Append(CultureInfo.InvariantCulture,
            $"commit {List(group, line => line.Commit)}, {List(group, line => line.Cpu, "; ")}:\n");
        foreach (string command in group.Select(line => line.Command).Distinct())
            note.Append(CultureInfo.InvariantCulture, $"   `{command}`\n");
        return note.ToString();
    }

    /// <summary>What a run's students learnt from.</summary>
    internal static string Texts(ResultsLine[] group) => group[^1].Texts is { } texts ? Figures.Count(texts) : Figures.None;

    /// <summary>A figure over a run's seeds, with its deviation.</summary>
    internal static string Share(ResultsLine[] group, Func<ResultsLine, double?> figure) =>
        Figures.Share(Figures.SpreadOf(group.Select(figure)));

    /// <summary>The mean of a figure over a run's seeds.</summary>
    internal static double? Mean(ResultsLine[] group, Func<ResultsLine, double?> figure) =>
        Figures.SpreadOf(group.Select(figure))?.Mean;

    private static string List(ResultsLine[] group, Func<ResultsLine, string> part, string separator = ", ") =>
        string.Join(separator, group.Select(part).Distinct());

    private static void RequireMarkers(string folder, HashSet<string> seen, string name)
    {
        if (!Directory.Exists(folder))
            return;
        string? lost = Directory.EnumerateFiles(folder, "*.csv").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal).FirstOrDefault(task => !seen.Contains(task!));
        if (lost is not null)
            throw new RetortException($"{name} has no place for the results of {lost}; "
                + $"write <!-- results:begin {lost} --> and {End} where they belong");
    }

    [GeneratedRegex(@"<!-- results:(?:begin ([A-Za-z0-9_.-]+)( compared)? -->|overview\s*\n([\s\S]*?)-->)")]
    private static partial Regex Begin();
}
