using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Intermediate;
using Retort.Teachers;

namespace Retort.Tests.Signals.Intermediate;

public sealed class IntermediateCacheTests : IDisposable
{
    private static readonly string[] Texts = ["one", "two", "", "four"];
    private static readonly int[] Tokens = [3, 1, 0, 7];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(IntermediatePrecision.F16, 1e-3)]
    [InlineData(IntermediatePrecision.Int8, 8e-3)]
    public void What_is_stored_is_read_again(IntermediatePrecision precision, double tolerance)
    {
        IntermediateSource source = Source(precision);
        IntermediateSignal[] signals = [.. Tokens.Select((tokens, k) => Signal(source.Shape, tokens, k))];
        using (IntermediateCache cache = IntermediateCache.Open(_folder.Path, source))
        {
            cache.Append(Texts[..2], signals[..2]);
            cache.Append(Texts[2..], signals[2..]);
            Check(cache);
        }
        using IntermediateCache again = IntermediateCache.Open(_folder.Path, source);
        Assert.Equal(4, again.Count);
        Assert.False(again.Contains("three"));
        Check(again);
        // What was foretold is what there is, but for the header.
        long bytes = Directory.GetFiles(again.Folder, "*.safetensors").Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes - Tokens.Sum(source.Bytes), 0, 600);

        void Check(IntermediateCache cache)
        {
            for (int k = 3; k >= 0; k--)
            {
                IntermediateSignal found = cache.Read(Texts[k]);
                Assert.Equal(Tokens[k], found.Tokens);
                Assert.Equal(signals[k].Values, found.Values, (a, b) => Math.Abs(a - b) <= tolerance);
            }
        }
    }

    [Fact]
    public void Other_layers_another_teacher_or_precision_stand_elsewhere()
    {
        IntermediateSource source = Source(IntermediatePrecision.F16);
        string[] names = [source.Fingerprint, Source(IntermediatePrecision.Int8).Fingerprint,
            (source with { Layers = source.Layers with { Tokens = [1] } }).Fingerprint,
            (source with { Layers = source.Layers with { AttentionScores = true } }).Fingerprint,
            (source with { Signals = source.Signals with { Weights = "other" } }).Fingerprint,
            (source with { Signals = source.Signals with { MaxLength = 9 } }).Fingerprint];
        Assert.Equal(names.Length, names.Distinct().Count());
    }

    [Fact]
    public void A_shard_without_index_is_written_anew_and_a_damaged_one_is_told()
    {
        IntermediateSource source = Source(IntermediatePrecision.F16);
        IntermediateSignal[] signals = [.. Tokens.Select((tokens, k) => Signal(source.Shape, tokens, k))];
        string folder;
        using (IntermediateCache cache = IntermediateCache.Open(_folder.Path, source))
        {
            folder = cache.Folder;
            // A process that was killed between the two files.
            File.WriteAllText(Path.Combine(folder, "shard-00000.safetensors"), "half of it");
        }
        using (IntermediateCache cache = IntermediateCache.Open(_folder.Path, source))
        {
            Assert.Equal(0, cache.Count);
            cache.Append(Texts, signals);
            Assert.Equal(4, cache.Count);
            Assert.Throws<RetortException>(() => cache.Read("three"));
        }
        string index = Path.Combine(folder, "shard-00000.parquet"), values = Path.Combine(folder, "shard-00000.safetensors");
        byte[] whole = File.ReadAllBytes(index);
        File.WriteAllBytes(index, whole[..^9]);
        Assert.Contains("shard-00000.parquet are not a readable shard of intermediate signals", Assert.Throws<RetortException>(() => IntermediateCache.Open(_folder.Path, source)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(index, whole);
        File.WriteAllBytes(values, File.ReadAllBytes(values)[..^2]);
        Assert.Contains("delete both, and what they and the shards behind them held is computed anew", Assert.Throws<RetortException>(() => IntermediateCache.Open(_folder.Path, source)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_shard_cannot_hold_is_told()
    {
        foreach ((float value, IntermediatePrecision precision, string message) in new[]
        {
            (70_000f, IntermediatePrecision.F16, "hold 70000, which is beyond f16: expected intermediate.precision int8, or --online"),
            (float.NaN, IntermediatePrecision.Int8, "hold NaN, which is no number: its weights are damaged or it diverged in training"),
        })
        {
            IntermediateSource source = Source(precision);
            IntermediateSignal signal = Signal(source.Shape, 3, 1);
            signal.Values[5] = value;
            using IntermediateCache cache = IntermediateCache.Open(_folder.Path, source);
            Assert.EndsWith(message, Assert.Throws<RetortException>(() => cache.Append(["one"], [signal])).Message, StringComparison.Ordinal);
            Assert.Equal(0, cache.Count);
        }
        using IntermediateCache large = IntermediateCache.Open(_folder.Path, Source(IntermediatePrecision.Int8));
        IntermediateSignal far = Signal(large.Source.Shape, 3, 1);
        far.Values[5] = 70_000;
        large.Append(["one"], [far]);
        Assert.Equal(70_000, large.Read("one").Values[5], 1.0);
    }

    private static IntermediateSource Source(IntermediatePrecision precision) => new(
        new SignalSource("weights", "tokenizer", 12, LongText.Head, PooledState.None, "f32", ["x", "y"], 0),
        new IntermediateLayers([1], PooledState.Mean, [0, 2], [2], [], false), 4, precision);

    private static IntermediateSignal Signal(IntermediateShape shape, int tokens, int seed)
    {
        var random = new SeededRandom(seed);
        float[] values = new float[shape.Count(tokens)];
        for (int k = 0; k < values.Length; k++)
            values[k] = random.Below(2000) / 1000f - 1;
        return new IntermediateSignal(shape, tokens, values);
    }
}
