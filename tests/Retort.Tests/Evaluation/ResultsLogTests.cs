using Retort.Evaluation;
using Retort.Runs;

namespace Retort.Tests.Evaluation;

public sealed class ResultsLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    internal static ResultsLine Line(int seed = 1, double accuracy = 0.9) => new()
    {
        Date = new DateTimeOffset(2026, 3, 1, 23, 30, 5, TimeSpan.FromHours(-2)),
        Task = "sst2",
        Role = Role.Student,
        Settings = "epochs=3 loss=mse",
        Seed = seed,
        Commit = "abc1234",
        DevAccuracy = 0.91,
        TestAccuracy = accuracy,
        Bytes = 4_200_000,
        P50 = 31.25,
        Seconds = 124.56,
        Cpu = "Some \"CPU\", 2 cores",
        Command = "retort run sst2.yaml --set distillation.windows=[2,3]",
    };

    [Fact]
    public void Lines_come_back_as_they_went_in()
    {
        ResultsLog log = ResultsLog.Open(_folder[Path.Combine("results", "sst2.csv")]);
        Assert.Empty(log.Read());

        log.Append(Line());
        log.Append(Line(seed: 2) with { Role = Role.Teacher, Agreement = 1.0 / 3, Texts = 54_000 });

        IReadOnlyList<ResultsLine> lines = log.Read();
        Assert.Equal(Line() with { Date = Line().Date.ToUniversalTime(), Seconds = 124.6 }, lines[0]);
        Assert.Equal((Role.Teacher, 0.333333, 54_000), (lines[1].Role, lines[1].Agreement, lines[1].Texts));
        Assert.Equal("2026-03-02T01:30:05Z", File.ReadAllLines(log.Path)[1].Split(',')[0]);
    }

    [Fact]
    public async Task Many_writers_at_once_lose_and_tear_no_line()
    {
        string path = _folder["sst2.csv"];

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
        {
            ResultsLog log = ResultsLog.Open(path);
            for (int k = 0; k < 10; k++)
                log.Append(Line(seed: writer * 10 + k));
        }, TestContext.Current.CancellationToken)));

        Assert.Equal(Enumerable.Range(0, 80), ResultsLog.Open(path).Read().Select(line => line.Seed).Order());
    }

    [Fact]
    public void A_file_with_other_columns_is_refused_and_left_alone()
    {
        string path = _folder.Write("sst2.csv", "date,task\n2026,sst2\n");

        var error = Assert.Throws<RetortException>(() => ResultsLog.Open(path));

        Assert.Contains("found: date,task\n", error.Message, StringComparison.Ordinal);
        Assert.Equal("date,task\n2026,sst2\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_line_that_was_cut_short_is_not_written_behind()
    {
        ResultsLog log = ResultsLog.Open(_folder["sst2.csv"]);
        log.Append(Line());
        File.AppendAllText(log.Path, "2026-03-02T01:30:05Z,ss");

        var error = Assert.Throws<RetortException>(() => log.Append(Line()));

        Assert.Contains("ends within a line", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",1,abc", ",one,abc", "seed is 'one', expected a whole number")]
    [InlineData(",student,", ",pupil,", "role is 'pupil', expected one of teacher, student, student-compressed, ")]
    [InlineData("0.9,", "NaN,", "test_accuracy is 'NaN', expected a number or nothing")]
    [InlineData("sst2,", "sst2,extra,", "there are 21 cells, expected 20")]
    [InlineData("2026-03", "26-03", "date is '26-03-02T01:30:05Z', expected a date like 2026-01-31T23:59:59Z")]
    public void A_bad_cell_is_named_with_its_row(string found, string replacement, string message)
    {
        ResultsLog log = ResultsLog.Open(_folder["sst2.csv"]);
        log.Append(Line());
        log.Append(Line());
        string text = File.ReadAllText(log.Path);
        int last = text.LastIndexOf(found, StringComparison.Ordinal);
        File.WriteAllText(log.Path, text[..last] + replacement + text[(last + found.Length)..]);

        var error = Assert.Throws<RetortException>(log.Read);

        Assert.Contains($"row 2: {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_that_is_not_a_number_is_not_written()
    {
        ResultsLog log = ResultsLog.Open(_folder["sst2.csv"]);

        Assert.Throws<RetortException>(() => log.Append(Line(accuracy: double.NaN)));
        Assert.False(File.Exists(log.Path));
    }

    [Fact]
    public void Settings_are_sorted_and_what_would_blur_them_is_refused()
    {
        Assert.Equal("a=1 b=x,y", ResultsSettings.Format([new("b", "x,y"), new("a", "1")]));
        Assert.Throws<ArgumentException>(() => ResultsSettings.Format([new("a", "1 2")]));
        Assert.Throws<ArgumentException>(() => ResultsSettings.Format([new("a", "")]));
        Assert.Throws<ArgumentException>(() => ResultsSettings.Format([new("a", "1"), new("a", "2")]));
    }

    [Fact]
    public void The_commit_is_unknown_outside_a_work_tree_and_the_processor_has_a_name()
    {
        Assert.Equal("unknown", Origin.Commit(_folder.Path));
        Assert.Equal("unknown", Origin.Commit(_folder["absent"]));
        Assert.Matches("^.+, [0-9]+ cores$", Origin.Cpu());
    }
}
