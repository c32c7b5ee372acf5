using System.Text;

namespace Retort.Evaluation;

/// <summary>Cells in rows, ready to be shown. The first column is aligned left, the others right.</summary>
/// <param name="Header">A name for each column.</param>
/// <param name="Rows">Each with as many cells as the header.</param>
public sealed record TextTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const string Gap = "  ";

    /// <summary>Aligned for a terminal; every line ends with a line feed.</summary>
    public string ToText()
    {
        int[] widths = Enumerable.Range(0, Header.Count)
            .Select(column => Rows.Append(Header).Max(row => Width(row[column]))).ToArray();
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in Rows.Prepend(Header))
        {
            string line = string.Join(Gap, row.Select((cell, column) => Pad(cell, widths[column], left: column == 0)));
            text.Append(line.TrimEnd()).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A Markdown table; every line ends with a line feed.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        Line(text, Header.Select(Escape));
        Line(text, Header.Select((_, column) => column == 0 ? "---" : "---:"));
        foreach (IReadOnlyList<string> row in Rows)
            Line(text, row.Select(Escape));
        return text.ToString();
    }

    private static void Line(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Escape(string cell) => cell.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Pad(string cell, int width, bool left)
    {
        string blanks = new(' ', width - Width(cell));
        return left ? cell + blanks : blanks + cell;
    }

    // Terminals show CJK in two columns; class names are often Chinese.
    private static int Width(string cell) =>
        cell.Sum(c => c is >= '\u2E80' and <= '\uD7A3' or >= '\uF900' and <= '\uFAFF' or >= '\uFF01' and <= '\uFF60' ? 2 : 1);
}
