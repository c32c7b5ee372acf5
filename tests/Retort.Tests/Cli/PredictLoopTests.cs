using System.Text;
using System.Text.Json;
using Retort.Cli.Predictions;
using Retort.Data;
using Retort.Runs;

namespace Retort.Tests.Cli;

public sealed class PredictLoopTests : IDisposable
{
    private static readonly LabelSet Labels = new(["even", "odd"]);

    private readonly StringWriter _output = new() { NewLine = "\n" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void One_line_comes_out_for_each_line_in_and_in_order()
    {
        string[] texts = Enumerable.Range(0, 1000).Select(k => new string('x', k % 7)).ToArray();
        Assert.Equal(1000, PredictLoop.Run(texts, Classify, _output, json: false, Cancellation));
        string[] expected = texts.Select(text => text.Length % 2 == 0 ? "even\t0.7500" : "odd\t0.7500").ToArray();
        Assert.Equal(expected, _output.ToString().TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void An_answer_does_not_wait_for_the_next_line()
    {
        using var answered = new SemaphoreSlim(0);
        var output = new SignallingWriter(answered);
        Assert.Equal(2, PredictLoop.Run(Lines(), Classify, output, json: false, Cancellation));

        IEnumerable<string> Lines()
        {
            yield return "a";
            Assert.True(answered.Wait(TimeSpan.FromSeconds(20)), "the first answer was held back");
            yield return "b";
        }
    }

    [Fact]
    public void JSON_lines_hold_the_text_its_labels_and_all_probabilities()
    {
        PredictLoop.Run(["ü\"\t"], Classify, _output, json: true, Cancellation);
        JsonElement line = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("ü\"\t", line.GetProperty("text").GetString());
        Assert.Equal("odd", Assert.Single(line.GetProperty("labels").EnumerateArray()).GetString());
        Assert.Equal(0.25, line.GetProperty("probabilities").GetProperty("even").GetDouble());
    }

    [Fact]
    public void A_multi_label_text_has_a_pair_for_each_label_or_an_empty_line()
    {
        Assert.Equal("even\t0.9000\todd\t0.8000", PredictionLine.Tabbed(new(Labels, [0.9f, 0.8f], [0, 1])));
        Assert.Equal("", PredictionLine.Tabbed(new(Labels, [0.1f, 0.2f], [])));
    }

    [Fact]
    public void A_line_that_cannot_be_read_stops_the_job_after_those_before_it()
    {
        byte[] input = [.. "a\nbb\n"u8, 0xff, (byte)'\n'];
        var error = Assert.Throws<RetortException>(() =>
            PredictLoop.Run(LineReader.Read(new MemoryStream(input), "in"), Classify, _output, json: false, Cancellation));
        Assert.Contains("in:3: the line is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Equal("odd\t0.7500\neven\t0.7500\n", _output.ToString());
    }

    [Fact]
    public void An_interruption_ends_the_wait_for_input()
    {
        using var interrupted = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        using var never = new ManualResetEventSlim();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            PredictLoop.Run(Blocking(never), Classify, _output, json: false, interrupted.Token));
        never.Set();
    }

    [Fact]
    public void An_error_of_the_model_is_the_error_of_the_loop() =>
        Assert.Throws<RetortException>(() => PredictLoop.Run(
            Enumerable.Repeat("x", 100_000), _ => throw new RetortException("no"), _output, json: false, Cancellation));

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\n", new[] { "" })]
    [InlineData("a\r\nb", new[] { "a", "b" })]
    [InlineData("\ufeffa\n\n中\n", new[] { "a", "", "中" })]
    [InlineData("a\rb\n", new[] { "a\rb" })]
    public void Lines_end_with_LF_or_CRLF(string input, string[] lines)
    {
        Assert.Equal(lines, LineReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(input)), "in"));
        Assert.Equal(lines, LineReader.Read(new OneByteStream(Encoding.UTF8.GetBytes(input)), "in"));
    }

    [Fact]
    public void Lines_longer_than_a_buffer_are_whole_and_endless_ones_are_refused()
    {
        string[] lines = [new('a', 100_000), new('中', 30_000)];
        Assert.Equal(lines, LineReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))), "in"));
        byte[] endless = Enumerable.Repeat((byte)'a', LineReader.LongestLine + 1).ToArray();
        var error = Assert.Throws<RetortException>(() => LineReader.Read(new MemoryStream(endless), "in").ToArray());
        Assert.Contains("in:1: the line is longer than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_come_from_arguments_a_file_or_standard_input()
    {
        using var folder = new TemporaryFolder();
        var terminal = new TestTerminal("from input\n");
        Assert.Equal(["x"], TextSource.Open(["x"], null, terminal.Terminal));
        Assert.Equal(["from file"], TextSource.Open([], folder.Write("t.txt", "from file"), terminal.Terminal));
        Assert.Equal(["from input"], TextSource.Open([], null, terminal.Terminal));
        Assert.Throws<UsageException>(() => TextSource.Open(["x"], "t.txt", terminal.Terminal));
        Assert.Throws<UsageException>(() => TextSource.Open([], Path.Combine(folder.Path, "none"), terminal.Terminal));
    }

    public void Dispose() => _output.Dispose();

    private static Prediction[] Classify(IReadOnlyList<string> texts) =>
        texts.Select(text => text.Length % 2 == 0
            ? new Prediction(Labels, [0.75f, 0.25f], [0])
            : new Prediction(Labels, [0.25f, 0.75f], [1])).ToArray();

    private static IEnumerable<string> Blocking(ManualResetEventSlim never)
    {
        never.Wait(TimeSpan.FromSeconds(20));
        yield break;
    }

    private sealed class SignallingWriter(SemaphoreSlim answered) : StringWriter
    {
        public override void Flush() => answered.Release();
    }

    private sealed class OneByteStream(byte[] content) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
