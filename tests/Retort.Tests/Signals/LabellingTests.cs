using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Signals;

public sealed class LabellingTests : IDisposable
{
    private static readonly LabelOptions Options = new() { ShardSize = 8, BatchTokens = 24 };

    private static readonly string[] Texts = Enumerable.Range(0, 30).Select(k => string.Join(' ',
        Enumerable.Range(0, 1 + k % 6).Select(n => TinyBert.Tokens[5 + (k * 7 + n * 3) % 11].TrimStart('#')).Append($"{k}"))).ToArray();

    private readonly TemporaryFolder _folder = new();
    private readonly EncoderLabeller _teacher;

    public LabellingTests() => _teacher = EncoderLabeller.Load(TinyBert.Write(_folder["teacher"], classes: 3), Options, CPU);

    public void Dispose()
    {
        _teacher.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Shuffled_repeated_and_added_rows_cost_only_the_new_texts()
    {
        LabellingResult first = Label("c", Texts);
        Assert.Equal((30, 30), (first.Texts, first.Computed));
        Assert.Equal(30, SignalCount("c"));
        string[] other = [.. Texts.Reverse(), .. Texts.Take(9), "a new one", "a new one", "another"];
        LabellingResult second = Label("c", other);
        Assert.Equal((32, 2), (second.Texts, second.Computed));
        Assert.Equal(32, SignalCount("c"));
        Assert.Equal(0, Label("c", other.Take(5)).Computed);
        Assert.Equal(32, SignalCount("c"));
    }

    [Fact]
    public void Signals_are_the_teachers_own_whatever_the_order()
    {
        Label("c", Texts);
        string[] order = [.. Texts.Reverse()];
        float[] stored = Open("c").Logits(order).Values, pooled = Open("c").Pooled(order);
        for (int k = 0; k < order.Length; k++)
        {
            TeacherOutputs alone = TeacherOutputs.Of(_teacher.Teacher, [_teacher.Teacher.Encoder.Encode(order[k])], PooledState.Mean, 64);
            Assert.All(alone.Logits, (value, c) => Assert.Equal(value, stored[3 * k + c], Tolerances.SameArithmeticOtherOrder));
            Assert.All(alone.Pooled, (value, c) => Assert.Equal(value, pooled[TinyBert.Hidden * k + c], Tolerances.SameArithmeticOtherOrder));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(17)]
    [InlineData(29)]
    public void A_job_stopped_in_the_middle_and_run_again_ends_with_the_same_files(int texts)
    {
        Label("whole", Texts);
        using var stop = new CancellationTokenSource();
        var progress = new Watcher(report =>
        {
            if (report.Done >= texts)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            Labelling.Run(Options, _teacher, Open("cut"), Texts, progress, stop.Token));
        int kept = SignalCount("cut");
        Assert.InRange(kept, Math.Max(0, texts / 8 * 8 - 8), 29);
        Assert.Equal(30 - kept, Label("cut", Texts).Computed);
        Dictionary<string, byte[]> whole = Files("whole"), cut = Files("cut");
        Assert.Equal(whole.Keys.Order(StringComparer.Ordinal), cut.Keys.Order(StringComparer.Ordinal));
        Assert.All(whole, file => Assert.Equal(file.Value, cut[file.Key]));
        Assert.Equal(30, SignalCount("cut"));
    }

    [Fact]
    public void Progress_counts_the_texts_to_compute()
    {
        Label("c", Texts[..10]);
        var reports = new List<StageProgress>();
        Labelling.Run(Options, _teacher, Open("c"), Texts, new Watcher(reports.Add), TestContext.Current.CancellationToken);
        Assert.All(reports, report => Assert.Equal(("label", 20, "texts"), (report.Stage, (int)report.Total, report.Unit)));
        Assert.Equal(20, reports[^1].Done);
    }

    [Fact]
    public void A_teacher_that_answers_NaN_is_refused_by_text_and_class()
    {
        using (no_grad())
            _teacher.Teacher.Module.named_parameters().Single(p => p.name == "classifier.bias").parameter[1] = double.NaN;
        var error = Assert.Throws<RetortException>(() => Label("c", Texts));
        Assert.Contains($"NaN for class 1 of '{Texts[0]}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, Open("c").Count);
    }

    [Theory]
    [InlineData(0, 1, "signals.batch_tokens")]
    [InlineData(1, 0, "signals.shard_size")]
    public void Options_out_of_range_are_refused(int batchTokens, int shardSize, string key)
    {
        var error = Assert.Throws<UsageException>(() => new LabelOptions { BatchTokens = batchTokens, ShardSize = shardSize }.Validate());
        Assert.Equal(key, error.Key);
    }

    private LabellingResult Label(string cache, IEnumerable<string> texts) =>
        Labelling.Run(Options, _teacher, Open(cache), texts, null, TestContext.Current.CancellationToken);

    private SignalCache Open(string cache) =>
        SignalCache.Open(_folder[cache], _teacher.Source);

    /// <summary>Rows in all shards together: a text that stood twice would be counted twice.</summary>
    private int SignalCount(string cache)
    {
        int rows = Directory.GetFiles(Open(cache).Folder, "shard-*.parquet").Sum(shard => SignalShard.ReadKeys(shard).Length);
        Assert.Equal(rows, Open(cache).Count);
        return rows;
    }

    private Dictionary<string, byte[]> Files(string cache) => Directory
        .GetFiles(_folder[cache], "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(_folder[cache], file), File.ReadAllBytes);
}
