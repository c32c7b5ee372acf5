using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>Where text and label stand among a file's columns.</summary>
/// <param name="Count">The columns of a well-formed row.</param>
/// <param name="Text">The index of the text.</param>
/// <param name="Label">The index of the label; −1 where none is read.</param>
internal sealed record Columns(int Count, int Text, int Label)
{
    private const int NamesShown = 20;
    private const StringSplitOptions SplitOptions =
        StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private static readonly string[] TextNames = ["text", "sentence"];
    private static readonly string[] SecondTextNames =
        ["sentence2", "text2", "text_b", "sentence_b", "text_pair", "question2", "hypothesis"];

    /// <summary>Finds the columns by name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The names of its columns.</param>
    /// <param name="options">Which columns are wanted.</param>
    /// <param name="labelled">Whether a label column is wanted.</param>
    /// <param name="fromFirstLine">Whether the names are a line that might have been data.</param>
    /// <exception cref="UsageException">A column is absent or stands twice, or the rows are sentence pairs.</exception>
    public static Columns ByName(string path, IReadOnlyList<string> names, DataOptions options, bool labelled, bool fromFirstLine)
    {
        if (options.TextColumn.Length == 0)
            RefusePairs(path, names);
        int text = options.TextColumn.Length > 0
            ? Find(path, names, [options.TextColumn], "text", fromFirstLine)
            : Find(path, names, TextNames, "text", fromFirstLine);
        int label = !labelled ? -1
            : Find(path, names, [options.LabelColumn.Length > 0 ? options.LabelColumn : "label"], "label", fromFirstLine);
        return RefuseSame(path, new Columns(names.Count, text, label), names);
    }

    /// <summary>Finds the columns of a file without names: by number, text first and label second by default.</summary>
    /// <exception cref="UsageException">A column is not a number or beyond the first row.</exception>
    public static Columns ByIndex(string path, int count, DataOptions options, bool labelled)
    {
        string[] names = Enumerable.Range(0, count).Select(i => $"{i}").ToArray();
        return ByName(path, names, options with
        {
            TextColumn = options.TextColumn.Length > 0 ? options.TextColumn : "0",
            LabelColumn = options.LabelColumn.Length > 0 ? options.LabelColumn : "1",
        }, labelled, fromFirstLine: false);
    }

    /// <summary>Why a row of so many cells cannot be read, or null.</summary>
    public string? Problem(int cells, bool emptyLine)
    {
        if (cells == Count)
            return null;
        if (emptyLine)
            return "an empty line; delete it";
        return $"{cells} {(cells == 1 ? "column" : "columns")}, expected {Count}; is a separator missing, or one too many?";
    }

    /// <summary>The row that a well-formed line's cells make.</summary>
    public RawRow Row(long line, IReadOnlyList<string> cells, DataOptions options) => Label < 0
        ? new RawRow(line, cells[Text], null, false)
        : Labelled(line, cells[Text], [cells[Label]], isList: false, options);

    /// <summary>A labelled row; a single label is cut at the separator where there is one.</summary>
    public static RawRow Labelled(long line, string text, string[] labels, bool isList, DataOptions options) =>
        isList || options.LabelSeparator.Length == 0
            ? new RawRow(line, text, labels, isList)
            : new RawRow(line, text, labels[0].Split(options.LabelSeparator, SplitOptions), true);

    private static int Find(string path, IReadOnlyList<string> names, string[] wanted, string what, bool fromFirstLine)
    {
        foreach (StringComparison comparison in (StringComparison[])
            [StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            foreach (string name in wanted)
            {
                int[] found = Enumerable.Range(0, names.Count).Where(i => names[i].Equals(name, comparison)).ToArray();
                if (found.Length == 1)
                    return found[0];
                if (found.Length > 1)
                    throw new UsageException($"{path}: the column '{name}' stands {found.Length} times; rename one.");
            }
        }
        string shown = string.Join(", ", names.Take(NamesShown).Select(n => $"'{Excerpt.Of(n, 40)}'"));
        throw new UsageException(
            $"{path} has no {what} column {string.Join(" or ", wanted.Select(w => $"'{w}'"))}; its columns are {shown}"
            + $"{(names.Count > NamesShown ? ", …" : "")}. Name it with data.{what}_column"
            + (fromFirstLine ? ", or set data.header to false if the first line is data." : "."));
    }

    private static void RefusePairs(string path, IReadOnlyList<string> names)
    {
        string? second = names.FirstOrDefault(n => SecondTextNames.Contains(n, StringComparer.OrdinalIgnoreCase));
        if (second is null && names.Contains("question", StringComparer.OrdinalIgnoreCase)
            && names.Contains("sentence", StringComparer.OrdinalIgnoreCase))
            second = "question";
        if (second is not null)
            throw new UsageException(
                $"{path} holds sentence pairs (column '{second}'); Retort classifies single texts. "
                + "To classify one column alone, name it with data.text_column.");
    }

    private static Columns RefuseSame(string path, Columns columns, IReadOnlyList<string> names) =>
        columns.Text != columns.Label ? columns
        : throw new UsageException($"{path}: '{names[columns.Text]}' is both data.text_column and data.label_column.");
}
