using System.Globalization;
using Retort.Runs;

namespace Retort.Evaluation;

/// <summary>The columns of a results file, and a line as its cells.</summary>
internal static class ResultsCells
{
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly (string Name, Func<ResultsLine, string> Cell)[] Columns =
    [
        ("date", line => line.Date.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture)),
        ("task", line => line.Task),
        ("role", line => line.Role.Name()),
        ("settings", line => line.Settings),
        ("seed", line => Text(line.Seed)),
        ("commit", line => line.Commit),
        ("texts", line => line.Texts is { } texts ? Text(texts) : ""),
        ("dev_accuracy", line => Rounded(line.DevAccuracy, 6)),
        ("dev_macro_f1", line => Rounded(line.DevMacroF1, 6)),
        ("test_accuracy", line => Rounded(line.TestAccuracy, 6)),
        ("test_macro_f1", line => Rounded(line.TestMacroF1, 6)),
        ("agreement", line => Rounded(line.Agreement, 6)),
        ("calibration_error", line => Rounded(line.CalibrationError, 6)),
        ("bytes", line => line.Bytes is { } bytes ? Text(bytes) : ""),
        ("p50_us", line => Rounded(line.P50, 2)),
        ("p95_us", line => Rounded(line.P95, 2)),
        ("texts_per_second", line => Rounded(line.TextsPerSecond, 1)),
        ("seconds", line => Rounded(line.Seconds, 1)),
        ("cpu", line => line.Cpu),
        ("command", line => line.Command),
    ];

    public static IReadOnlyList<string> Names { get; } = Columns.Select(column => column.Name).ToArray();

    public static string Header { get; } = string.Join(',', Names);

    /// <summary>The line as CSV (RFC 4180), without an end.</summary>
    public static string Format(ResultsLine line) => string.Join(',', Columns.Select(column => Quote(column.Cell(line))));

    /// <summary>The line of cells in the columns' order.</summary>
    /// <exception cref="FormatException">A cell is not of its column's form; the message names the column.</exception>
    public static ResultsLine Parse(IReadOnlyList<string> cells) => new()
    {
        Date = DateTimeOffset.TryParseExact(cells[0], DateFormat, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : throw Bad(cells, 0, "a date like 2026-01-31T23:59:59Z"),
        Task = cells[1],
        Role = RoleNames.TryParse(cells[2], out Role role) ? role
            : throw Bad(cells, 2, $"one of {string.Join(", ", RoleNames.All)}"),
        Settings = cells[3],
        Seed = int.TryParse(cells[4], CultureInfo.InvariantCulture, out int seed) ? seed : throw Bad(cells, 4, "a whole number"),
        Commit = cells[5],
        Texts = cells[6].Length == 0 ? null
            : int.TryParse(cells[6], CultureInfo.InvariantCulture, out int texts) ? texts : throw Bad(cells, 6, "a whole number"),
        DevAccuracy = Number(cells, 7),
        DevMacroF1 = Number(cells, 8),
        TestAccuracy = Number(cells, 9),
        TestMacroF1 = Number(cells, 10),
        Agreement = Number(cells, 11),
        CalibrationError = Number(cells, 12),
        Bytes = cells[13].Length == 0 ? null
            : long.TryParse(cells[13], CultureInfo.InvariantCulture, out long bytes) ? bytes : throw Bad(cells, 13, "a whole number"),
        P50 = Number(cells, 14),
        P95 = Number(cells, 15),
        TextsPerSecond = Number(cells, 16),
        Seconds = Number(cells, 17) ?? throw Bad(cells, 17, "a number"),
        Cpu = cells[18],
        Command = cells[19],
    };

    private static double? Number(IReadOnlyList<string> cells, int column)
    {
        if (cells[column].Length == 0)
            return null;
        return double.TryParse(cells[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value) ? value : throw Bad(cells, column, "a number or nothing");
    }

    private static FormatException Bad(IReadOnlyList<string> cells, int column, string expected) =>
        new($"{Names[column]} is '{cells[column]}', expected {expected}");

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Rounded(double? value, int digits)
    {
        if (value is not { } number)
            return "";
        if (!double.IsFinite(number))
            throw new RetortException($"a figure of a results line is {number}; leave it out (null) where it was not measured");
        return Math.Round(number, digits).ToString(CultureInfo.InvariantCulture);
    }

    private static string Quote(string cell) => cell.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
