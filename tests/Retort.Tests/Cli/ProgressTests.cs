using Retort.Cli;
using Retort.Runs;
using Spectre.Console;

namespace Retort.Tests.Cli;

public sealed class ProgressTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public void Piped_progress_is_a_line_every_ten_seconds_and_one_at_the_end()
    {
        var progress = new PlainProgress(_output, _clock);
        for (int done = 0; done <= 50; done++)
        {
            progress.Report(new("distill", done * 100, 5000, "steps"));
            _clock.Advance(0.5);
        }
        Assert.Equal(
            "03:04:15 distill: 2,000/5,000 steps, 200 steps/s, 0:15 left\n" +
            "03:04:25 distill: 4,000/5,000 steps, 200 steps/s, 0:05 left\n" +
            "03:04:30 distill: 5,000/5,000 steps, 200 steps/s\n", _output.ToString());
    }

    [Fact]
    public void What_takes_long_is_told_less_often()
    {
        var progress = new PlainProgress(_output, _clock);
        for (int second = 0; second < 7200; second++, _clock.Advance(1))
            progress.Report(new("tune", second / 600, 20, "trials"));
        string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        // Every ten seconds for 200 seconds, then each a twentieth later: 20 and ln(7200/200)/ln(1.0526) of them.
        Assert.InRange(lines.Length, 80, 95);
        // After 6,842 seconds; seven trials took from 2,400 to there.
        Assert.Equal("04:58:07 tune: 11/20 trials, 5.67 trials/h, 1:35:11 left", lines[^1]);
    }

    [Fact]
    public void A_count_that_falls_back_is_told_as_often_as_at_first()
    {
        var progress = new PlainProgress(_output, _clock);
        progress.Report(new("distill", 0, 10, "steps"));
        _clock.Advance(10_000);
        progress.Report(new("distill", 10, 10, "steps"));
        for (int done = 0; done < 4; done++, _clock.Advance(10))
            progress.Report(new("distill", done, 10, "steps"));
        Assert.Equal(["10/10", "1/10", "2/10", "3/10"],
            _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[2]));
    }

    [Fact]
    public void Messages_are_always_shown()
    {
        var progress = new PlainProgress(_output, _clock);
        progress.Report(StageProgress.Note("teach", "dev accuracy 0.9"));
        progress.Report(new("teach", 1, 10, "steps", "best so far"));
        Assert.Equal("03:04:05 teach: dev accuracy 0.9\n03:04:05 teach: best so far\n", _output.ToString());
    }

    [Fact]
    public void The_rate_of_a_resumed_job_counts_what_was_done_now()
    {
        var rate = new ProgressRate(_clock);
        rate.Add(1000);
        Assert.Null(rate.PerSecond);
        Assert.Null(rate.Left(1000, 2000));
        _clock.Advance(10);
        rate.Add(1050);
        Assert.Equal(5, rate.PerSecond);
        Assert.Equal(TimeSpan.FromSeconds(190), rate.Left(1050, 2000));
    }

    [Fact]
    public void The_rate_follows_the_last_half_minute_and_starts_anew_when_the_count_falls()
    {
        var rate = new ProgressRate(_clock);
        for (int k = 0; k < 100; k++, _clock.Advance(1))
            rate.Add(k * 100);
        for (int k = 0; k < 40; k++, _clock.Advance(1))
            rate.Add(9900 + k);
        Assert.Equal(1, rate.PerSecond!.Value, 6);
        rate.Add(0);
        _clock.Advance(2);
        rate.Add(8);
        Assert.Equal(4, rate.PerSecond);
    }

    [Theory]
    [InlineData(10, "5/9 trials, 0.50 trials/s, 0:08 left")]
    [InlineData(100, "5/9 trials, 3.00 trials/min, 1:20 left")]
    [InlineData(10000, "5/9 trials, 1.80 trials/h, 2:13:20 left")]
    public void What_is_slow_is_told_by_the_minute_or_the_hour(int seconds, string text)
    {
        var rate = new ProgressRate(_clock);
        rate.Add(0);
        _clock.Advance(seconds);
        rate.Add(5);
        Assert.Equal(text, ProgressText.Of(new("tune", 5, 9, "trials"), rate));
        rate.Add(0);
        Assert.Equal("0/9 trials", ProgressText.Of(new("tune", 0, 9, "trials"), new ProgressRate(_clock)));
    }

    [Fact]
    public void What_comes_more_rarely_than_every_half_minute_has_a_rate_all_the_same()
    {
        var rate = new ProgressRate(_clock);
        for (int second = 0; second <= 3000; second++, _clock.Advance(1))
            rate.Add(second / 240);
        // Of 12 the last seven, since the fifth was done at 1,200 seconds.
        Assert.Equal(7 / 1800.0, rate.PerSecond!.Value, 6);
    }

    [Fact]
    public void A_job_that_stands_still_promises_no_time()
    {
        var rate = new ProgressRate(_clock);
        rate.Add(5);
        _clock.Advance(10);
        rate.Add(5);
        Assert.Equal(0, rate.PerSecond);
        Assert.Null(rate.Left(5, 10));
    }

    [Theory]
    [InlineData(7, "0:07")]
    [InlineData(750, "12:30")]
    [InlineData(11100, "3:05:00")]
    [InlineData(360000, "100:00:00")]
    public void Durations_are_short(double seconds, string text) =>
        Assert.Equal(text, ProgressText.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_live_terminal_shows_a_bar_and_keeps_messages()
    {
        using var terminal = new Terminal { In = Stream.Null, Out = TextWriter.Null, Error = _output, IsLive = true, Clock = _clock };
        int result = ConsoleProgress.Run(terminal, progress =>
        {
            progress.Report(new("label", 5, 10, "texts", "from the [cache]"));
            progress.Report(new("label", 10, 10, "texts"));
            return 7;
        });
        Assert.Equal(7, result);
        Assert.Contains("from the [cache]", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("10/10 texts", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_erases_the_bar_that_it_is_written_over()
    {
        IAnsiConsole console = ConsoleProgress.Redrawing(_output);
        console.Profile.Capabilities.ColorSystem = ColorSystem.Standard;
        console.Progress().Start(bars =>
        {
            var progress = new LiveProgress(console, bars, _clock);
            progress.Report(new("teach", 5, 10, "steps"));
            progress.Report(StageProgress.Note("teach", "step 5: of [some] use"));
        });
        string line = _output.ToString().Split('\n').Single(line => line.Contains("step 5", StringComparison.Ordinal));
        Assert.Contains("\u001b[0J", line, StringComparison.Ordinal);
        Assert.EndsWith("teach\u001b[0m step 5: of [some] use", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_fails_under_a_bar_throws_what_it_threw()
    {
        using var terminal = new Terminal { In = Stream.Null, Out = TextWriter.Null, Error = _output, IsLive = true };
        Assert.Throws<RetortException>(() => ConsoleProgress.Run<int>(terminal, _ => throw new RetortException("x")));
    }

    public void Dispose() => _output.Dispose();
}
