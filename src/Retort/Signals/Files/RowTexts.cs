using Retort.Data;
using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Signals.Files;

/// <summary>Finds the text that each row of a file of signals is about.</summary>
internal static class RowTexts
{
    private const int RowsShown = 5;

    /// <summary>(rows) The texts. A row's own text counts; where it has a number as well, both must agree.</summary>
    /// <exception cref="RetortException">Rows are missing, extra, stand twice, or are about another text.</exception>
    public static string[] Of(SignalTable table, CorpusFile? corpus, DataOptions options)
    {
        bool byText = table.Rows[0].Text is not null, byRow = table.Rows[0].Row is not null;
        if (byText && !byRow)
            return table.Rows.Select(entry => Own(table, entry)).ToArray();
        if (corpus is null)
            throw new RetortException($"{table.Path} is given by row, and there is no data file that it could be about: give it a column 'text'");
        IReadOnlyList<RawRow> rows = RawTable.Read(corpus.Path, options with { SkipBadRows = false }, labelled: false, new BadRows(),
            null, CancellationToken.None).Rows;
        if (!byRow)
            return InOrder(table, corpus, rows);
        string[] texts = new string[table.Rows.Count];
        bool[] seen = new bool[rows.Count];
        for (int k = 0; k < texts.Length; k++)
        {
            SignalTable.Entry entry = table.Rows[k];
            var place = new Place(table.Path, entry.Line);
            if (entry.Row is not { } row)
                throw new RetortException($"{place}: it has no row: expected one, as in the first line");
            if (row >= rows.Count)
                throw new RetortException($"{place}: it is about row {row}, but {corpus.Path} has {rows.Count} rows, from 0: is it of another file?");
            if (seen[row])
                throw new RetortException($"{place}: row {row} stands twice");
            seen[row] = true;
            texts[k] = rows[(int)row].Text;
            if (byText && entry.Text != texts[k])
            {
                throw new RetortException($"{place}: row {row} is '{Excerpt.Of(entry.Text ?? "", 60)}' here and '{Excerpt.Of(texts[k], 60)}' in "
                    + $"{corpus.Path}: the file is of another corpus, or its rows were reordered");
            }
        }
        int[] missing = Enumerable.Range(0, seen.Length).Where(row => !seen[row]).ToArray();
        return missing.Length == 0 ? texts : throw new RetortException($"{table.Path} lacks {missing.Length} of the {rows.Count} rows of {corpus.Path}: "
            + $"{string.Join(", ", missing.Take(RowsShown))}{(missing.Length > RowsShown ? ", …" : "")}: expected every row once; "
            + "a file of some texts needs a column 'text' instead of 'row'");
    }

    private static string[] InOrder(SignalTable table, CorpusFile corpus, IReadOnlyList<RawRow> rows) =>
        table.Rows.Count == rows.Count ? rows.Select(row => row.Text).ToArray()
        : throw new RetortException($"{table.Path} has {table.Rows.Count} rows without a column 'row' or 'text', and {corpus.Path} has {rows.Count}: "
            + "expected as many in the same order, or one of these columns");

    private static string Own(SignalTable table, SignalTable.Entry entry) =>
        string.IsNullOrWhiteSpace(entry.Text) ? throw new RetortException($"{new Place(table.Path, entry.Line)}: the text is empty: expected the text that the signal is about")
        : entry.Text;
}
