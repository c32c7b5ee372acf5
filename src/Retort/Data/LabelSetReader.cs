using System.Globalization;
using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Data;

/// <summary>Finds a corpus's classes: in a label file, or among the labels of train.</summary>
internal static class LabelSetReader
{
    /// <summary>More classes than this mean that the wrong column was read.</summary>
    public const int MostClasses = 10_000;

    /// <summary>Reads a file of class names, one a line in index order.</summary>
    /// <exception cref="RetortException">A name is empty or stands twice, or there is none.</exception>
    public static LabelSet FromFile(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            throw new RetortException($"{path} is empty; expected class names, one a line in index order.");
        using var lines = new LineReader(path);
        var names = new List<string>();
        var known = new Dictionary<string, long>(StringComparer.Ordinal);
        while (lines.Next())
        {
            string name = lines.Line.Trim();
            if (lines.Problem is not null || name.Length == 0)
                throw new RetortException($"{path}, line {lines.Number}: {lines.Problem ?? "an empty class name; delete the line"}.");
            if (!known.TryAdd(name, lines.Number))
                throw new RetortException(
                    $"{path}, line {lines.Number}: the class '{Excerpt.Of(name)}' stands on line {known[name]} already; delete one.");
            names.Add(name);
            if (names.Count > MostClasses)
                throw new RetortException($"{path} names more than {MostClasses} classes; is it a label file?");
        }
        return new LabelSet(names);
    }

    /// <summary>The labels of train: in order of value if all are integers, else in ordinal order of the names.</summary>
    /// <exception cref="RetortException">The labels are real numbers, or far too many.</exception>
    public static LabelSet FromRows(RawTable train)
    {
        var firstLines = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (RawRow row in train.Rows)
        {
            foreach (string label in row.Labels!)
            {
                string name = label.Trim();
                if (name.Length > 0)
                    firstLines.TryAdd(name, row.Line);
            }
            if (firstLines.Count > MostClasses)
                throw new RetortException(
                    $"{new Place(train.Path, row.Line)}: more than {MostClasses} different labels, such as "
                    + $"'{Excerpt.Of(row.Labels![0])}'; is data.label_column the right column?");
        }
        RefuseRegression(train.Path, firstLines);
        return new LabelSet(InOrder(firstLines.Keys));
    }

    private static IEnumerable<string> InOrder(ICollection<string> names) =>
        names.All(n => long.TryParse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? names.OrderBy(n => long.Parse(n, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))
                .ThenBy(n => n, StringComparer.Ordinal)
            : names.Order(StringComparer.Ordinal);

    private static void RefuseRegression(string path, Dictionary<string, long> firstLines)
    {
        string? fraction = null;
        foreach (string name in firstLines.Keys)
        {
            if (!double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                return;
            if (value != Math.Floor(value))
                fraction ??= name;
        }
        if (fraction is not null)
            throw new RetortException(
                $"{new Place(path, firstLines[fraction])}: the label {fraction} is a real number, as in regression; Retort classifies. "
                + "Turn the numbers into classes, or list them in data.label_file if they are class names.");
    }
}
