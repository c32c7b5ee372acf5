using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Data;

/// <summary>Reads one file into a corpus.</summary>
public static class CorpusReader
{
    /// <summary>Reads the texts alone: a transfer set, or texts to classify. A label column is not looked at.</summary>
    /// <param name="path">A .tsv, .csv, .jsonl or .parquet file, or a .txt file of one text a line.</param>
    /// <param name="options">Text column, header, and whether bad rows are skipped.</param>
    /// <param name="badRows">Collects skipped rows; null if nobody asks.</param>
    /// <param name="progress">Rows read.</param>
    /// <param name="cancellation">Stops between rows.</param>
    /// <exception cref="UsageException">The file or column is absent, or the format is unknown.</exception>
    /// <exception cref="RetortException">A row cannot be read and is not to be skipped, or no row is left.</exception>
    public static Corpus ReadUnlabelled(
        string path, DataOptions options, BadRows? badRows = null,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        RawTable table = RawTable.Read(path, options, labelled: false, badRows ?? new BadRows(), progress, cancellation);
        return new Corpus(path, TaskKind.Unlabelled, new LabelSet([]), table.Rows.Select(r => new Sample(r.Text)).ToArray());
    }

    /// <summary>The same texts one by one, none of them held. What is wrong with the file may show only at its end.</summary>
    /// <inheritdoc cref="ReadUnlabelled"/>
    public static IEnumerable<string> StreamUnlabelled(
        string path, DataOptions options, BadRows? badRows = null,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default) =>
        RawTable.Stream(path, options, labelled: false, badRows ?? new BadRows(), progress, cancellation).Select(row => row.Text);

    /// <summary>SHA-256 of a file, after the first of the checks that reading it makes.</summary>
    /// <exception cref="UsageException">The file is absent, or the format is unknown.</exception>
    /// <exception cref="RetortException">The file cannot be opened or is empty.</exception>
    internal static string HashOf(string path)
    {
        DataFile.Format(path, labelled: false);
        using FileStream file = DataFile.Open(path);
        return ContentHash.OfFile(path);
    }

    /// <summary>Reads a labelled file against classes that are known already: a teacher's or a student's.</summary>
    /// <param name="path">A .tsv, .csv, .jsonl or .parquet file.</param>
    /// <param name="options">Columns, header, separator, and whether bad rows are skipped.</param>
    /// <param name="labels">The classes; a label that is neither a name nor an index of them is a bad row.</param>
    /// <param name="badRows">Collects skipped rows; null if nobody asks.</param>
    /// <param name="progress">Rows read.</param>
    /// <param name="cancellation">Stops between rows.</param>
    /// <exception cref="UsageException">The file or column is absent, or the format is unknown.</exception>
    /// <exception cref="RetortException">A row cannot be read and is not to be skipped, or no row is left.</exception>
    public static Corpus ReadLabelled(
        string path, DataOptions options, LabelSet labels, BadRows? badRows = null,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        badRows ??= new BadRows();
        RawTable table = RawTable.Read(path, options, labelled: true, badRows, progress, cancellation);
        return LabelledRows.Resolve(table, labels, byIndex: true, options, badRows).ToCorpus();
    }
}
