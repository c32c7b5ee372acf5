using Retort.Data.Formats;
using Retort.Runs;

namespace Retort.Data;

/// <summary>Train, dev and test with one label set, checked for leaks. Immutable.</summary>
/// <param name="Train">What is trained on, after the policies.</param>
/// <param name="Dev">What is chosen on.</param>
/// <param name="Test">What is reported on.</param>
/// <param name="Report">What was read, found and done.</param>
public sealed record DataSet(Corpus Train, Corpus Dev, Corpus Test, DataReport Report)
{
    /// <summary>
    /// Reads the files, splits train where there is no dev or test file, looks for copies and conflicts, and applies the
    /// policies of the options. Corpora of <see cref="DataOptions.Unlabelled"/> have no classes.
    /// </summary>
    /// <exception cref="UsageException">An option, a path or a column is wrong.</exception>
    /// <exception cref="RetortException">A file has bad rows, a part leaks into another, or there is nothing to learn.</exception>
    public static DataSet Load(
        DataOptions options, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var badRows = new BadRows();
        if (options.Unlabelled)
        {
            return new DataParts(Texts(options.Train), options.Dev.Length > 0 ? First(Texts(options.Dev), options.DevLimit) : null, options.Test.Length > 0 ? Texts(options.Test) : null)
                .Split(options).Guard(options, badRows);
        }
        LabelSet? labels = options.LabelFile.Length > 0 ? LabelSetReader.FromFile(options.LabelFile) : null;
        RawTable table = RawTable.Read(options.Train, options, labelled: true, badRows, progress, cancellation);
        bool byIndex = labels is not null;
        labels ??= LabelSetReader.FromRows(table);
        LabelledRows train = LabelledRows.Resolve(table, labels, byIndex, options, badRows);
        RequireTwoClasses(train);
        LabelledRows? dev = Read(options.Dev);
        return new DataParts(train, dev is null ? null : First(dev, options.DevLimit), Read(options.Test)).Split(options).Guard(options, badRows);

        LabelledRows? Read(string path) => path.Length == 0 ? null
            : LabelledRows.Resolve(
                RawTable.Read(path, options, labelled: true, badRows, progress, cancellation).RequireKind(table),
                labels, byIndex, options, badRows);

        LabelledRows Texts(string path) =>
            LabelledRows.WithoutLabels(RawTable.Read(path, options, labelled: false, badRows, progress, cancellation));
    }

    private static LabelledRows First(LabelledRows rows, int limit) =>
        limit == 0 || limit >= rows.Count ? rows : rows.Choose(Enumerable.Range(0, limit).ToArray());

    private static void RequireTwoClasses(LabelledRows train)
    {
        int needed = train.Kind == TaskKind.MultiLabel ? 1 : 2;
        int[] counts = train.ClassCounts();
        int[] present = Enumerable.Range(0, counts.Length).Where(k => counts[k] > 0).ToArray();
        if (present.Length < needed)
            throw new RetortException(present.Length == 0
                ? $"{train.Source}: no row carries a label; there is nothing to learn."
                : $"{train.Source}: all {train.Count} rows carry the label '{train.Labels[present[0]]}'; "
                    + "a classifier needs rows of at least two classes. Is data.label_column the right column?");
    }
}
