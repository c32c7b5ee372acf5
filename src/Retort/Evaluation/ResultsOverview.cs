using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>
/// Chosen runs of several results files in one table. A line each, of <c>DATA | MODEL | FILE | ROLE | SETTINGS</c>: the first two are shown as they
/// stand, the others say which rows of <c>FILE.csv</c>, the settings as the file has them.
/// </summary>
internal static class ResultsOverview
{
    private const string Form = "DATA | MODEL | FILE | ROLE | SETTINGS";
    private const int Cells = 5;

    /// <summary>The table, and below it the commands.</summary>
    /// <param name="choice">The lines.</param>
    /// <param name="folder">Of the results files.</param>
    /// <param name="name">What to call the page in messages.</param>
    /// <exception cref="RetortException">A line has another form, or its file no such run.</exception>
    public static string Table(string choice, string folder, string name)
    {
        var files = new Dictionary<string, ResultsLine[][]>(StringComparer.Ordinal);
        var rows = new List<IReadOnlyList<string>>();
        var notes = new List<string>();
        foreach (string line in choice.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length != Cells || !RoleNames.TryParse(cells[3], out Role role))
                throw new RetortException($"{name}: the overview has the line '{line}': expected {Form}, of a role such as {Role.Student.Name()}");
            string file = cells[2];
            if (!files.TryGetValue(file, out ResultsLine[][]? groups))
                files.Add(file, groups = ResultsTables.Groups(ResultsLog.Open(Path.Combine(folder, file + ".csv")).Read()));
            ResultsLine[] group = groups.SingleOrDefault(group => group[0].Role == role && group[0].Settings == cells[4]) ?? throw new RetortException(
                $"{name}: the overview asks for the {role.Title()} of {file}.csv with the settings '{cells[4]}', and there is none; it has{Known(groups, role)}");
            notes.Add(ResultsTables.Note(group, rows.Count));
            rows.Add([$"{rows.Count + 1} {cells[0]}: {cells[1]}", .. Row(group)]);
        }
        return new TextTable(["model", "n", "texts", "test accuracy", "test macro-F1", "size", "p50, µs", "texts/s"], rows).ToMarkdown() + "\n" + string.Concat(notes);
    }

    private static string[] Row(ResultsLine[] group) =>
    [
        Figures.Count(group.Length), ResultsTables.Texts(group), ResultsTables.Share(group, line => line.TestAccuracy),
        ResultsTables.Share(group, line => line.TestMacroF1), Figures.Bytes(ResultsTables.Mean(group, line => line.Bytes)), Figures.Number(ResultsTables.Mean(group, line => line.P50)),
        Figures.Number(ResultsTables.Mean(group, line => line.TextsPerSecond)),
    ];

    private static string Known(ResultsLine[][] groups, Role role)
    {
        string[] known = [.. groups.Where(group => group[0].Role == role).Select(group => $"\n  {group[0].Settings}")];
        return known.Length == 0 ? " no such model at all" : string.Concat(known);
    }
}
