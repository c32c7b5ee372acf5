using Retort.Metrics;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Signals;

public sealed class SignalCacheTests : IDisposable
{
    private static readonly float[] Awkward =
        [0, -0f, float.Epsilon, -1.17549435e-38f, float.MaxValue, -float.MaxValue, 0.1f, 16777217, -3.4028233e38f, 1e-30f];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Logits_and_pooled_states_come_back_to_the_bit()
    {
        float[] pooled = [.. Awkward.Reverse(), .. Awkward.Select(value => value / 3)];
        SignalCache.Open(_folder.Path, Source()).Append(["a", "b", "", "d", "é\ud83d\ude00"], Awkward, pooled);
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        string[] order = ["d", "a", "", "é\ud83d\ude00", "b", "a"];
        int[] rows = [3, 0, 2, 4, 1, 0];
        Assert.Equal(Bits(rows.SelectMany(row => Awkward.Skip(2 * row).Take(2))), Bits(cache.Logits(order).Values));
        Assert.Equal(Bits(rows.SelectMany(row => pooled.Skip(4 * row).Take(4))), Bits(cache.Pooled(order)));
    }

    [Fact]
    public void Texts_of_several_shards_stand_in_the_order_asked_for()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source() with { Hidden = 0 });
        for (int k = 0; k < 5; k++)
            cache.Append([$"{2 * k}", $"{2 * k + 1}"], [4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3], []);
        LogitTable logits = cache.Logits(["7", "0", "9", "7"]);
        Assert.Equal([14, 15, 0, 1, 18, 19, 14, 15], logits.Values);
    }

    [Fact]
    public async Task Of_two_that_label_at_once_into_one_cache_neither_overwrites_what_the_other_wrote()
    {
        SignalSource source = Source() with { Hidden = 0 };
        var options = new LabelOptions { ShardSize = 1 };
        // Both were opened when there was nothing.
        using SignalCache first = SignalCache.Open(_folder.Path, source), second = SignalCache.Open(_folder.Path, source);
        string[] texts = [.. Enumerable.Range(0, 40).Select(k => $"{k}")];
        LabellingResult[] results = await Task.WhenAll(new[] { first, second }.Select((cache, k) => Task.Run(
            () => Labelling.Run(options, new Echo(source), cache, k == 0 ? texts : texts.Reverse(), null, TestContext.Current.CancellationToken))));
        Assert.Equal(40, results.Sum(result => result.Computed));
        using SignalCache after = SignalCache.Open(_folder.Path, source);
        foreach (SignalCache cache in new[] { first, second, after })
        {
            cache.Alone(null, TestContext.Current.CancellationToken).Dispose();
            Assert.Equal(40, cache.Count);
            Assert.Equal(texts.SelectMany(text => Echo.Logits(text)), cache.Logits(texts).Values);
        }
    }

    [Fact]
    public void A_text_that_was_never_labelled_is_named_with_the_cure()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        cache.Append(["known"], [1, 2], [1, 2, 3, 4]);
        var error = Assert.Throws<RetortException>(() => cache.Logits(["known", new string('x', 99)]));
        Assert.Contains($"no signal for '{new string('x', 60)}…'", error.Message, StringComparison.Ordinal);
        Assert.Contains("retort label", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pooled_states_that_were_not_stored_are_refused_with_the_cure()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source() with { Hidden = 0 });
        cache.Append(["known"], [1, 2], []);
        var error = Assert.Throws<RetortException>(() => cache.Pooled(["known"]));
        Assert.Contains("signals.pooled_state", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_tells_of_another_source_is_refused()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        string facts = Path.Combine(cache.Folder, "source.json");
        File.WriteAllText(facts, File.ReadAllText(facts).Replace("\"w1\"", "\"w2\"", StringComparison.Ordinal));
        var error = Assert.Throws<RetortException>(() => SignalCache.Open(_folder.Path, Source()));
        Assert.Contains("source.json tells of another teacher", error.Message, StringComparison.Ordinal);
        Assert.Contains($"delete {cache.Folder}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_that_a_signal_depends_on_gives_another_folder()
    {
        SignalSource[] all =
        [
            Source(), Source() with { Weights = "w2" }, Source() with { Tokenizer = "t2" }, Source() with { MaxLength = 9 },
            Source() with { LongText = LongText.HeadTail }, Source() with { PooledState = PooledState.Cls },
            Source() with { Precision = "f16" }, Source() with { Classes = ["y", "x"] }, Source() with { Hidden = 8 },
        ];
        Assert.Equal(all.Length, all.Select(source => SignalCache.Open(_folder.Path, source).Folder).Distinct().Count());
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("max_length")]
    [InlineData("pooled_state")]
    [InlineData("vocabulary")]
    [InlineData("label names")]
    public void Another_teacher_shares_nothing(string change)
    {
        string one = TinyBert.Write(_folder["one"], classes: 2), two = TinyBert.Write(_folder["two"], classes: 2, seed: change == "weights" ? 12 : 11);
        if (change == "vocabulary")
            Rewrite(Path.Combine(two, "vocab.txt"), "plot", "story");
        if (change == "label names")
            Rewrite(Path.Combine(two, "config.json"), "class1", "klass1");
        if (change == "max_length")
        {
            using Teacher shorter = Teacher.FromEncoder(one, new Retort.Data.LabelSet(["class0", "class1"]),
                Retort.Data.TaskKind.SingleLabel, new TeachOptions { MaxLength = 7 }, CPU);
            using Teacher longer = Teacher.FromEncoder(one, new Retort.Data.LabelSet(["class0", "class1"]),
                Retort.Data.TaskKind.SingleLabel, new TeachOptions { MaxLength = 8 }, CPU);
            Assert.NotEqual(SignalSource.Of(shorter, one, PooledState.None, Precision.F32).Fingerprint, SignalSource.Of(longer, one, PooledState.None, Precision.F32).Fingerprint);
            return;
        }
        PooledState other = change == "pooled_state" ? PooledState.Cls : PooledState.Mean;
        Assert.NotEqual(SourceOf(one, PooledState.Mean).Fingerprint, SourceOf(two, other).Fingerprint);
        Assert.Equal(SourceOf(one, PooledState.Mean).Fingerprint, SourceOf(TinyBert.Write(_folder["same"], classes: 2), PooledState.Mean).Fingerprint);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    public void A_truncated_shard_is_named(int keep)
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        cache.Append(["a", "b"], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
        string shard = Path.Combine(cache.Folder, "shard-00000.parquet");
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..keep]);
        var error = Assert.Throws<RetortException>(() => SignalCache.Open(_folder.Path, Source()));
        Assert.Contains(shard, error.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_anywhere_in_a_shard_never_throws_anything_but_the_message()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        cache.Append(["a", "b"], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8]);
        string shard = Path.Combine(cache.Folder, "shard-00000.parquet");
        byte[] whole = File.ReadAllBytes(shard);
        for (int at = 0; at < whole.Length; at += 3)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x55;
            File.WriteAllBytes(shard, damaged);
            Exception? error = Record.Exception(() =>
            {
                SignalCache again = SignalCache.Open(_folder.Path, Source());
                again.Logits(["a", "b"]);
                again.Pooled(["a", "b"]);
            });
            Assert.True(error is null or RetortException, $"byte {at}: {error}");
        }
    }

    [Fact]
    public void What_a_killed_writer_left_is_not_read()
    {
        SignalCache cache = SignalCache.Open(_folder.Path, Source());
        cache.Append(["a"], [1, 2], [1, 2, 3, 4]);
        File.WriteAllText(Path.Combine(cache.Folder, "shard-00001.parquet.0123456789abcdef0123456789abcdef.tmp"), "half");
        SignalCache again = SignalCache.Open(_folder.Path, Source());
        Assert.Equal(1, again.Count);
        again.Append(["b"], [3, 4], [1, 2, 3, 4]);
        Assert.Equal(2, SignalCache.Open(_folder.Path, Source()).Count);
    }

    private static SignalSource Source() =>
        new("w1", "t1", 16, LongText.Head, PooledState.Mean, "f32", ["x", "y"], 4);

    private static SignalSource SourceOf(string folder, PooledState pooled)
    {
        using Teacher teacher = Teacher.Load(folder, CPU);
        return SignalSource.Of(teacher, folder, pooled, Precision.F32);
    }

    private sealed class Echo(SignalSource source) : ILabeller
    {
        public SignalSource Source => source;

        public Retort.Data.TaskKind? Kind => null;

        public static float[] Logits(string text)
        {
            int value = int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            return [value, -value];
        }

        public TeacherOutputs Label(string[] texts, Action<int, long>? done, CancellationToken cancellation) => new([.. texts.SelectMany(Logits)], []);

        public void Dispose()
        {
        }
    }

    private static int[] Bits(IEnumerable<float> values) => values.Select(BitConverter.SingleToInt32Bits).ToArray();

    private static void Rewrite(string file, string from, string to) =>
        File.WriteAllText(file, File.ReadAllText(file).Replace(from, to, StringComparison.Ordinal));
}
