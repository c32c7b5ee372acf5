using Retort.Data;
using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Signals.Files;

/// <summary>The rows of one file of signals, checked.</summary>
/// <param name="Path">The file.</param>
/// <param name="Form">What the numbers are; never <see cref="SignalForm.Unsaid"/>.</param>
/// <param name="Rows">In file order.</param>
internal sealed record SignalTable(string Path, SignalForm Form, IReadOnlyList<SignalTable.Entry> Rows)
{
    /// <param name="Line">Where it stands.</param>
    /// <param name="Row">The 0-based data row it is about; null: not said.</param>
    /// <param name="Text">The text it is about; null: not said.</param>
    /// <param name="Values">(classes)</param>
    internal readonly record struct Entry(long Line, long? Row, string? Text, double[] Values);

    /// <exception cref="RetortException">A row is not as expected; the message has file, line and cure.</exception>
    public static SignalTable Read(string path, LabelSet labels, TaskKind kind)
    {
        var entries = new List<Entry>();
        IReadOnlyList<string>? names = null;
        SignalColumns? columns = null, first = null;
        foreach (CellRow row in CellFile.Read(path))
        {
            var place = new Place(path, row.Line);
            if (!ReferenceEquals(names, row.Names))
                (names, columns) = (row.Names, SignalColumns.Of(place, row.Names, labels));
            first ??= columns!;
            if (columns!.Form != first.Form)
                throw new RetortException($"{place}: {SignalColumns.Word(columns.Form)} after {SignalColumns.Word(first.Form)}: expected one of them in all rows");
            entries.Add(ToEntry(place, row, columns, labels.Count));
        }
        if (first is null)
            throw new RetortException($"{path} has no rows: expected one a text");
        SignalForm form = first.Form == SignalForm.Unsaid ? Guess(path, entries, kind) : first.Form;
        if (form == SignalForm.Votes && kind == TaskKind.MultiLabel)
            throw new RetortException($"{path} holds votes, and the task is multi-label: expected p:CLASS, the share of the annotators that chose each class");
        foreach (Entry entry in entries)
        {
            if (SignalNumbers.Problem(entry.Values, form, kind) is { } problem)
                throw new RetortException($"{new Place(path, entry.Line)}: {problem}");
        }
        return new SignalTable(path, form, entries);
    }

    private static Entry ToEntry(Place place, CellRow row, SignalColumns columns, int classes)
    {
        long? number = columns.Row < 0 ? null
            : long.TryParse(row.Cells[columns.Row], out long parsed) && parsed >= 0 ? parsed
            : throw new RetortException($"{place}: the row is '{Excerpt.Of(row.Cells[columns.Row], 40)}': expected a whole number, 0 for the first row of data");
        return new Entry(place.Line, number, columns.Text < 0 ? null : row.Cells[columns.Text], columns.Values(place, row, classes));
    }

    private static SignalForm Guess(string path, List<Entry> entries, TaskKind kind)
    {
        if (entries.All(entry => SignalNumbers.Problem(entry.Values, SignalForm.Probabilities, kind) is null))
            return SignalForm.Probabilities;
        if (entries.All(entry => SignalNumbers.Problem(entry.Values, SignalForm.Votes, kind) is null))
            return SignalForm.Votes;
        Entry odd = entries.First(entry => SignalNumbers.Problem(entry.Values, SignalForm.Probabilities, kind) is not null);
        throw new RetortException($"{new Place(path, odd.Line)}: {SignalNumbers.Problem(odd.Values, SignalForm.Probabilities, kind)}. "
            + "Columns that are named as classes hold probabilities or votes; name them logit:CLASS, p:CLASS or votes:CLASS");
    }
}
