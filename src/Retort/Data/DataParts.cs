using Retort.Runs;

namespace Retort.Data;

/// <summary>Train, dev and test on their way to a data set.</summary>
/// <param name="Train">The rows of train.</param>
/// <param name="Dev">The rows of dev; null until they are split off.</param>
/// <param name="Test">The rows of test; null until they are split off.</param>
internal sealed record DataParts(LabelledRows Train, LabelledRows? Dev, LabelledRows? Test)
{
    /// <summary>Takes dev and test out of train where they have no file, and leaves of train as much as is asked for.</summary>
    /// <exception cref="RetortException">There are too few rows.</exception>
    public DataParts Split(DataOptions options)
    {
        DataParts split = Dev is not null && Test is not null ? this : TakenOut(options);
        if (options.TrainLimit == 0 || options.TrainLimit >= split.Train.Count)
            return split;
        return split with { Train = split.Train.Choose(Splitter.Split(split.Train, 1 - (double)options.TrainLimit / split.Train.Count, 0, options.SplitSeed).Train) };
    }

    private DataParts TakenOut(DataOptions options)
    {
        Splitter.Parts parts = Splitter.Split(
            Train, Dev is null ? options.DevFraction : 0, Test is null ? options.TestFraction : 0, options.SplitSeed);
        if ((Dev is null && parts.Dev.Length == 0) || (Test is null && parts.Test.Length == 0))
            throw new RetortException(
                $"{Train.Source}: {Train.Count} rows are too few to split; give data.dev and data.test, or more rows.");
        return new DataParts(
            Train.Choose(parts.Train), Dev ?? Train.Choose(parts.Dev), Test ?? Train.Choose(parts.Test));
    }

    /// <summary>Looks for copies and conflicts and applies the policies.</summary>
    /// <exception cref="RetortException">A part leaks into another and the policy is to stop.</exception>
    public DataSet Guard(DataOptions options, BadRows badRows)
    {
        DuplicateGuard train = new("train", Train), dev = new("dev", Dev!), test = new("test", Test!);
        string done = options.Leaks == LeakPolicy.Drop ? "dropped" : "allowed";
        // What stands in test must not be chosen on either, so dev against test counts as a leak too.
        CopiesReport[] leaks = [train.CopiesIn(dev, done), train.CopiesIn(test, done), dev.CopiesIn(test, done)];
        if (options.Leaks == LeakPolicy.Stop)
            LeakError.ThrowIfAny(leaks);
        IReadOnlyList<int[]> conflicts = Conflicts.Find(Train, train.Keys);
        ConflictsReport conflictsReport = Conflicts.Report(Train, conflicts, options.Conflicts);

        LabelledRows keptTrain = Train, keptDev = Dev!;
        if (options.Leaks == LeakPolicy.Drop)
        {
            keptTrain = Without(train, dev, test);
            keptDev = Without(dev, test);
        }
        keptTrain = Conflicts.Apply(keptTrain, Conflicts.Find(keptTrain, Keys(keptTrain)), options.Conflicts);
        RequireRows(keptTrain, "train");
        RequireRows(keptDev, "dev");
        PartReport[] parts = [Part("train", keptTrain), Part("dev", keptDev), Part("test", Test!)];
        var report = new DataReport(Train.Labels.Names, parts, new BadRowsReport(badRows.Count, badRows.Listed),
            train.Repeats, leaks, conflictsReport, DataWarnings.Of(Train.Labels, parts));
        return new DataSet(keptTrain.ToCorpus(), keptDev.ToCorpus(), Test!.ToCorpus(), report);
    }

    private static UInt128[] Keys(LabelledRows rows) => Array.ConvertAll(rows.Samples, s => TextKey.Normalized(s.Text));

    private static LabelledRows Without(DuplicateGuard part, params DuplicateGuard[] others) => part.Rows.Choose(
        Enumerable.Range(0, part.Keys.Length).Where(r => !others.Any(o => o.Holds(part.Keys[r]))).ToArray());

    private static void RequireRows(LabelledRows rows, string name)
    {
        if (rows.Count == 0)
            throw new RetortException(
                $"{rows.Source}: no row of {name} is left after leaks and conflicts were dropped; is it the same file twice?");
    }

    private static PartReport Part(string name, LabelledRows rows) =>
        new(name, rows.Source, rows.RowsRead, rows.Count, rows.ClassCounts());
}
