using System.Text.Json;
using Retort.Data;
using Retort.Runs;

namespace Retort.Tests.Data;

public sealed class DataSetTests : IDisposable
{
    private readonly Loading _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Leaks_stop_the_job_with_counts_examples_and_cures()
    {
        string message = Assert.Throws<RetortException>(() => Loading.Load(Leaky())).Message;

        Assert.Contains("Rows of dev that stand in train too: 1 (1 exactly)", message);
        Assert.Contains("Rows of test that stand in train too: 1 (0 exactly)", message);
        Assert.Contains("Rows of test that stand in dev too: 1 (0 exactly)", message);
        Assert.Contains("'one' — ", message);
        Assert.Contains("train.tsv, line 2 and ", message);
        Assert.Contains("dev.tsv, line 2", message);
        Assert.Contains("--drop-leaks or data.leaks: drop", message);
        Assert.Contains("--allow-leaks or data.leaks: allow", message);
    }

    [Fact]
    public void Of_a_large_dev_file_the_first_rows_are_used()
    {
        DataSet all = Loading.Load(Leaky() with { Leaks = LeakPolicy.Allow });
        DataSet first = Loading.Load(Leaky() with { Leaks = LeakPolicy.Allow, DevLimit = 2 });
        Assert.Equal(all.Dev.Samples.Take(2), first.Dev.Samples);
        Assert.Equal(all.Train.Samples, first.Train.Samples);
        Assert.Equal(all.Dev.Samples, Loading.Load(Leaky() with { Leaks = LeakPolicy.Allow, DevLimit = 99 }).Dev.Samples);
    }

    [Fact]
    public void Of_train_a_stratified_share_can_be_used()
    {
        using var folder = new TemporaryFolder();
        string train = folder.Write("t.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 200).Select(k => $"text {k}\t{(k % 4 == 0 ? "x" : "y")}\n")));
        DataOptions options = new() { Train = train, TrainLimit = 40, DevFraction = 0.2, TestFraction = 0.2 };
        DataSet data = Loading.Load(options), all = Loading.Load(options with { TrainLimit = 0 });
        Assert.Equal((40, 10), (data.Train.Count, data.Train.ClassIndices().Count(label => label == 0)));
        Assert.Equal((120, 40, 40), (all.Train.Count, all.Dev.Count, all.Test.Count));
        Assert.Equal(all.Dev.Samples, data.Dev.Samples);
        Assert.Subset(all.Train.Samples.ToHashSet(), data.Train.Samples.ToHashSet());
        Assert.NotEqual(all.Train.Samples.Take(40), data.Train.Samples);
        Assert.All((int[])[2, 40], limit => Assert.Equal(2, Loading.Load(options with { TrainLimit = limit }).Train.ClassIndices().Distinct().Count()));
        Assert.Equal(120, Loading.Load(options with { TrainLimit = 120 }).Train.Count);
    }

    [Fact]
    public void Allowed_leaks_are_reported_and_stay()
    {
        DataSet data = Loading.Load(Leaky() with { Leaks = LeakPolicy.Allow });

        Assert.Equal((7, 3, 3), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal([(1, 1), (0, 1), (0, 1)], data.Report.Leaks.Select(l => (l.Exact, l.Normalized)));
        Assert.Equal([2, 2, 1], data.Report.Leaks.Select(l => l.RowsInFirst));
        Assert.All(data.Report.Leaks, l => Assert.Equal("allowed", l.Done));
    }

    [Fact]
    public void Dropping_leaks_removes_the_train_copy_and_the_dev_copy_of_test()
    {
        DataSet data = Loading.Load(Leaky() with { Leaks = LeakPolicy.Drop });

        Assert.Equal(["four", "five", "six"], data.Train.Samples.Select(s => s.Text));
        Assert.Equal(["one", "seven"], data.Dev.Samples.Select(s => s.Text));
        Assert.Equal(["TWO", "THREE", "nine"], data.Test.Samples.Select(s => s.Text));
        Assert.All(data.Report.Leaks, l => Assert.Equal("dropped", l.Done));
        Assert.Equal([7, 3, 3], data.Report.Parts.Select(p => p.RowsRead));
        Assert.Equal([3, 2, 3], data.Report.Parts.Select(p => p.Rows));
    }

    [Fact]
    public void Train_given_again_as_test_leaves_nothing_and_says_so()
    {
        DataOptions options = Leaky();

        string message = Assert.Throws<RetortException>(
            () => Loading.Load(options with { Test = options.Train, Leaks = LeakPolicy.Drop })).Message;

        Assert.Contains("no row of train is left", message);
    }

    [Fact]
    public void A_split_made_here_never_leaks()
    {
        string path = Train([.. Enumerable.Range(0, 300).Select(i => ($"text {i % 100}", i % 2 == 0 ? "a" : "b"))]);

        DataSet data = Loading.Load(new() { Train = path });

        Assert.Equal(300, data.Train.Count + data.Dev.Count + data.Test.Count);
        Assert.All(data.Report.Leaks, l => Assert.Equal(0, l.Normalized));
        Assert.Equal(200, data.Report.DuplicatesInTrain.Normalized + Repeats(data.Dev) + Repeats(data.Test));

        static int Repeats(Corpus corpus) => corpus.Count - corpus.Samples.DistinctBy(s => s.Text).Count();
    }

    [Theory]
    [InlineData(ConflictPolicy.Keep, 7)]
    [InlineData(ConflictPolicy.Drop, 3)]
    [InlineData(ConflictPolicy.SoftLabel, 4)]
    public void Texts_with_two_labels_are_listed_and_kept_dropped_or_merged(ConflictPolicy policy, int rowsLeft)
    {
        DataSet data = Loading.Load(Conflicting() with { Conflicts = policy });

        Assert.Equal(rowsLeft, data.Train.Count);
        Assert.Equal((1, 4), (data.Report.Conflicts.Texts, data.Report.Conflicts.Rows));
        Conflict listed = Assert.Single(data.Report.Conflicts.Listed);
        Assert.Equal([2, 4, 6, 7], listed.Places.Select(p => p.Line));
        Assert.Equal(["pos", "neg", "pos", "pos"], listed.Labels);
    }

    [Fact]
    public void A_soft_label_is_the_share_of_each_label_and_stands_first()
    {
        Corpus train = Loading.Load(Conflicting() with { Conflicts = ConflictPolicy.SoftLabel }).Train;

        Assert.Equal(["So so", "good", "bad", "fine"], train.Samples.Select(s => s.Text));
        Assert.Equal([0.25f, 0.75f], train.TargetRow(0));
        Assert.Equal(1, train.Samples[0].Label);
        Assert.Null(train.Samples[1].Targets);
    }

    [Fact]
    public void Integer_labels_are_in_order_of_value_and_names_in_ordinal_order()
    {
        Assert.Equal(["-1", "2", "10"], Labels("10", "2", "-1"));
        Assert.Equal(["10", "2", "a"], Labels("a", "2", "10"));
        Assert.Equal(["B", "a", "é"], Labels("é", "a", "B"));

        IReadOnlyList<string> Labels(params string[] labels) => Loading.Load(new()
        {
            Train = Train([.. labels.SelectMany(l => Enumerable.Range(0, 5).Select(i => ($"{l} {i}", l)))]),
        }).Train.Labels.Names;
    }

    [Fact]
    public void Integers_index_into_the_label_file_unless_they_are_names_there()
    {
        (string, string)[] rows = [.. Enumerable.Range(0, 12).Select(i => ($"t{i}", i % 2 == 0 ? "1" : "2"))];
        var options = new DataOptions { Train = Train(rows), LabelFile = _files.Write("labels.txt", "zero\none\ntwo\n") };
        DataSet byIndex = Loading.Load(options);
        Assert.Equal([0, 6, 6], Counts(byIndex));
        Assert.Contains("train has no row of 'zero': it cannot be learnt", byIndex.Report.Warnings);

        _files.Write("labels.txt", "2\n1\n");
        Assert.Equal([6, 6], Counts(Loading.Load(options)));

        static int[] Counts(DataSet data) => Enumerable.Range(0, data.Report.Classes.Count)
            .Select(k => data.Report.Parts.Sum(p => p.ClassCounts[k])).ToArray();
    }

    [Fact]
    public void A_class_that_a_part_lacks_is_warned_of()
    {
        string path = Train([.. Enumerable.Range(0, 30).Select(i => ($"text {i}", i % 2 == 0 ? "a" : "b")), ("lonely", "c")]);

        DataReport report = Loading.Load(new() { Train = path }).Report;

        Assert.Equal(
            ["dev has no row of 'c': it cannot be scored", "test has no row of 'c': it cannot be scored", "train has a single row of 'c'"],
            report.Warnings);
    }

    [Fact]
    public void The_report_is_short_plain_lines_and_survives_json()
    {
        DataReport report = Loading.Load(Leaky() with { Leaks = LeakPolicy.Drop }).Report;

        string[] lines = [.. report.Lines()];
        Assert.StartsWith("train: 3 rows (neg 1, pos 2) from ", lines[0]);
        Assert.Contains("rows of train that repeat an earlier row: 2 (1 exactly)", lines);
        Assert.Contains("rows of test that stand in train: 1 (0 exactly); their copies dropped from train: 2", lines);
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));

        DataReport back = JsonSerializer.Deserialize<DataReport>(JsonSerializer.Serialize(report))!;
        Assert.Equal(lines, back.Lines());
    }

    [Theory]
    [InlineData(0, 0.1, "data.dev_fraction is 0")]
    [InlineData(0.1, double.NaN, "data.test_fraction is NaN")]
    [InlineData(0.5, 0.5, "take 1 of train")]
    public void Wrong_shares_are_refused(double dev, double test, string expected)
    {
        var options = new DataOptions { Train = "a.tsv", DevFraction = dev, TestFraction = test };

        Assert.Contains(expected, Assert.Throws<UsageException>(() => Loading.Load(options)).Message);
    }

    [Fact]
    public void Options_without_train_are_refused() =>
        Assert.Contains("data.train is not set", Assert.Throws<UsageException>(() => Loading.Load(new())).Message);

    [Fact]
    public void Progress_is_reported_and_cancellation_heeded()
    {
        using var cancelled = new CancellationTokenSource();
        var seen = new Recorder();
        DataSet.Load(Leaky() with { Leaks = LeakPolicy.Allow }, seen, cancelled.Token);
        Assert.Contains(new StageProgress("data", 7, 0, "rows"), seen.Reports);

        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => DataSet.Load(Leaky(), null, cancelled.Token));
    }

    private DataOptions Leaky() => new()
    {
        Train = Train(("one", "pos"), ("two", "neg"), ("One ", "pos"), ("two", "neg"), ("four", "pos"), ("five", "neg"), ("six", "pos")),
        Dev = Write("dev.tsv", ("one", "pos"), ("three", "neg"), ("seven", "neg")),
        Test = Write("test.tsv", ("TWO", "neg"), ("THREE", "neg"), ("nine", "pos")),
    };

    private DataOptions Conflicting() => new()
    {
        Train = Train(("So so", "pos"), ("good", "pos"), ("so so", "neg"), ("bad", "neg"), ("so so", "pos"), ("so  so", "pos"), ("fine", "pos")),
        Dev = Write("dev.tsv", ("u", "pos"), ("v", "neg")),
        Test = Write("test.tsv", ("x", "pos"), ("y", "neg")),
    };

    private string Train(params (string Text, string Label)[] rows) => Write("train.tsv", rows);

    private string Write(string name, params (string Text, string Label)[] rows) =>
        _files.Write(name, "text\tlabel\n" + string.Concat(rows.Select(r => $"{r.Text}\t{r.Label}\n")));

    private sealed class Recorder : IProgress<StageProgress>
    {
        public List<StageProgress> Reports { get; } = [];

        public void Report(StageProgress value) => Reports.Add(value);
    }
}
