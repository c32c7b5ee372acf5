namespace Retort.Data;

/// <summary>What was read, found and done with the data. Plain values: it goes into the manifest as JSON.</summary>
/// <param name="Classes">The class names in index order.</param>
/// <param name="Parts">Train, dev and test, in this order.</param>
/// <param name="BadRows">The skipped rows, counted in full and listed up to a bound.</param>
/// <param name="DuplicatesInTrain">Rows of train that repeat an earlier row of train.</param>
/// <param name="Leaks">Train/dev, train/test and dev/test, in this order.</param>
/// <param name="Conflicts">Texts that stand in train with different labels.</param>
/// <param name="Warnings">What the user should know before training.</param>
public sealed record DataReport(
    IReadOnlyList<string> Classes,
    IReadOnlyList<PartReport> Parts,
    BadRowsReport BadRows,
    CopiesReport DuplicatesInTrain,
    IReadOnlyList<CopiesReport> Leaks,
    ConflictsReport Conflicts,
    IReadOnlyList<string> Warnings)
{
    private const int ClassesShown = 12;
    private const int Examples = 3;

    /// <summary>The report as short plain lines.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (PartReport part in Parts)
            yield return $"{part.Name}: {part.Rows:N0} rows{(Classes.Count > 0 ? $" ({Counts(part)})" : ", without labels,")} from {part.Source}";
        foreach (string line in BadRows.Lines())
            yield return line;
        foreach (string line in DuplicatesInTrain.Lines(0))
            yield return line;
        foreach (string line in Leaks.SelectMany(l => l.Lines(Examples)))
            yield return line;
        foreach (string line in Conflicts.Lines(Examples))
            yield return line;
        foreach (string warning in Warnings)
            yield return $"warning: {warning}";
    }

    private string Counts(PartReport part) =>
        string.Join(", ", Classes.Zip(part.ClassCounts, (name, n) => $"{Excerpt.Of(name, 30)} {n:N0}").Take(ClassesShown))
        + (Classes.Count > ClassesShown ? $", … {Classes.Count} classes" : "");
}

/// <summary>One of train, dev and test as it is used.</summary>
/// <param name="Name">train, dev or test.</param>
/// <param name="Source">The file it came from.</param>
/// <param name="RowsRead">Rows of that file, bad ones included.</param>
/// <param name="Rows">Rows left after splitting, skipping, dropping and merging.</param>
/// <param name="ClassCounts">(classes) How many rows left carry each class.</param>
public sealed record PartReport(string Name, string Source, long RowsRead, int Rows, IReadOnlyList<int> ClassCounts);

/// <summary>Rows that could not be read and were skipped.</summary>
/// <param name="Count">How many.</param>
/// <param name="Listed">The first of them.</param>
public sealed record BadRowsReport(long Count, IReadOnlyList<BadRow> Listed)
{
    private const int Examples = 3;

    internal IEnumerable<string> Lines()
    {
        if (Count == 0)
            yield break;
        yield return $"bad rows skipped: {Count:N0}";
        foreach (BadRow row in Listed.Take(Examples))
            yield return $"  {row}";
    }
}

/// <summary>Rows of one part whose text stands in another part, or earlier in the same.</summary>
/// <param name="Between">train/train, train/dev, train/test or dev/test.</param>
/// <param name="Exact">Rows of the second part whose very text stands in the first.</param>
/// <param name="Normalized">The same after folding width and case and dropping blanks; includes the exact ones.</param>
/// <param name="RowsInFirst">Rows of the first part that have such a copy: what dropping removes.</param>
/// <param name="Done">found, allowed or dropped.</param>
/// <param name="Examples">The first of them.</param>
public sealed record CopiesReport(
    string Between, int Exact, int Normalized, int RowsInFirst, string Done, IReadOnlyList<CopyExample> Examples)
{
    internal IEnumerable<string> Lines(int examples)
    {
        if (Normalized == 0)
            yield break;
        string[] parts = Between.Split('/');
        yield return parts[0] == parts[1]
            ? $"rows of {parts[0]} that repeat an earlier row: {Normalized:N0} ({Exact:N0} exactly)"
            : $"rows of {parts[1]} that stand in {parts[0]}: {Normalized:N0} ({Exact:N0} exactly)"
                + (Done == "dropped" ? $"; their copies dropped from {parts[0]}: {RowsInFirst:N0}" : $"; {Done}");
        foreach (CopyExample example in Examples.Take(examples))
            yield return $"  {example}";
    }
}

/// <summary>A text that stands twice.</summary>
/// <param name="Text">Its beginning.</param>
/// <param name="First">Where it stands in the first part.</param>
/// <param name="Second">Where it stands again.</param>
/// <param name="IsExact">Whether both are the same to the character.</param>
public sealed record CopyExample(string Text, Place First, Place Second, bool IsExact)
{
    public override string ToString() => $"'{Text}' — {First} and {Second}{(IsExact ? "" : " (but for case, width or blanks)")}";
}

/// <summary>Texts of train that stand with different labels.</summary>
/// <param name="Texts">How many texts.</param>
/// <param name="Rows">How many rows carry them.</param>
/// <param name="Done">kept, dropped or merged (into one row with a soft label). Leaks are dropped before.</param>
/// <param name="Listed">The texts, up to a bound.</param>
public sealed record ConflictsReport(int Texts, int Rows, string Done, IReadOnlyList<Conflict> Listed)
{
    internal IEnumerable<string> Lines(int examples)
    {
        if (Texts == 0)
            yield break;
        yield return $"texts of train that stand with different labels: {Texts:N0}, in {Rows:N0} rows; {Done}";
        foreach (Conflict conflict in Listed.Take(examples))
            yield return $"  {conflict}";
    }
}

/// <summary>A text with different labels.</summary>
/// <param name="Text">Its beginning.</param>
/// <param name="Places">Where it stands, up to a bound.</param>
/// <param name="Labels">The label at each place; the classes of a multi-label text joined by commas.</param>
public sealed record Conflict(string Text, IReadOnlyList<Place> Places, IReadOnlyList<string> Labels)
{
    public override string ToString() =>
        $"'{Text}' — {string.Join("; ", Places.Zip(Labels, (place, label) => $"{place}: {label}"))}";
}
