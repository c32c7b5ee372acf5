using System.Text.Json;
using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;

namespace Retort.Tests.Evaluation;

public sealed class ComparisonTableTests
{
    private static readonly Corpus Test = new("test.tsv", TaskKind.SingleLabel, new LabelSet(["no", "yes"]),
        Enumerable.Range(0, 10).Select(k => new Sample($"{k}", k % 2)).ToArray());

    [Fact]
    public void Three_models_stand_side_by_side_with_the_test_between_the_students()
    {
        ComparisonTable table = ComparisonTable.Of(
            new Candidate(Role.StudentWithoutTeacher, [Result(wrong: 9)], 2_000_000, new Latency(50, 90, 20_000, 500)),
            new Candidate(Role.Teacher, [Result(wrong: 0)], 91_000_000, new Latency(10_000, 20_000, 100, 500)),
            new Candidate(Role.Student, [Result(wrong: 1)], 2_000_000, new Latency(50, 90, 20_000, 500)));

        Assert.Equal([Role.Teacher, Role.Student, Role.StudentWithoutTeacher], table.Rows.Select(row => row.Role));
        Assert.Equal([null, 200, 200], table.Rows.Select(row => row.SpeedRatio));
        Assert.Equal((8, 0, 0.0078125), (table.McNemar[0].OnlyFirst, table.McNemar[0].OnlySecond, table.McNemar[0].PValue));
        Assert.Equal((0, 1), (table.McNemarOfTeacher[0].OnlyFirst, table.McNemarOfTeacher[0].OnlySecond));
        Assert.Empty(table.McNemarOfLinear);
        ComparisonTable linear = ComparisonTable.Of(new Candidate(Role.Linear, [Result(wrong: 3)], null, null), new Candidate(Role.Student, [Result(wrong: 1), Result(wrong: 4)], null, null));
        Assert.Equal([(2, 0), (0, 1)], linear.McNemarOfLinear.Select(test => (test.OnlyFirst, test.OnlySecond)));
        Assert.Equal("""
            test, 10 texts           teacher  student  student without teacher
            accuracy                  1.0000   0.9000                   0.1000
            macro-F1                  1.0000   0.8990                   0.0909
            agreement with teacher         –   0.9000                   0.1000
            KL from teacher                –   0.0462                   0.4159
            calibration error (ECE)   0.2689   0.1689                   0.6311
              after temperature       0.1192   0.0192                   0.7808
            size on disk             91.0 MB  2.00 MB                  2.00 MB
            p50, µs                   10,000     50.0                     50.0
            p95, µs                   20,000     90.0                     90.0
            texts/s, one thread          100   20,000                   20,000
            speed over teacher             –     200×                     200×
            McNemar p                      –   0.0078                        –

            """, table.ToText());
    }

    [Fact]
    public void Several_seeds_show_mean_and_deviation_and_the_largest_p()
    {
        ComparisonTable table = ComparisonTable.Of(
            new Candidate(Role.Student, [Result(wrong: 1), Result(wrong: 3)], 1, null),
            new Candidate(Role.StudentWithoutTeacher, [Result(wrong: 9), Result(wrong: 4)], 1, null));

        string text = table.ToText();

        Assert.Contains("0.8000 ± 0.1414", text, StringComparison.Ordinal);
        Assert.Matches("McNemar p, largest +1.0000", text);
        Assert.Matches("seeds +2 +2", text);
        Assert.Equal(2, table.McNemar.Count);
    }

    [Fact]
    public void Markdown_and_json_say_the_same()
    {
        ComparisonTable table = ComparisonTable.Of(new Candidate(Role.Student, [Result(wrong: 2)], 1500, null));

        Assert.StartsWith("| test, 10 texts | student |\n| --- | ---: |\n| accuracy | 0.8000 |\n", table.ToMarkdown(),
            StringComparison.Ordinal);
        Assert.Contains("| size on disk | 1.50 kB |", table.ToMarkdown(), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(table.ToJson());
        JsonElement row = json.RootElement.GetProperty("rows")[0];
        Assert.Equal("student", row.GetProperty("role").GetString());
        Assert.Equal(0.8, row.GetProperty("accuracy").GetProperty("mean").GetDouble());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("latency").ValueKind);
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        var one = new Candidate(Role.Student, [Result(wrong: 1)], 1, null);
        EvaluationResult shorter = Evaluator.Evaluate(Test with { Samples = [Test.Samples[0]] }, new LogitTable([1, 0], 2), null, 1);

        Assert.Throws<ArgumentException>(() => ComparisonTable.Of());
        Assert.Throws<ArgumentException>(() => ComparisonTable.Of(one, one));
        Assert.Throws<ArgumentException>(() => ComparisonTable.Of(one with { Results = [] }));
        var error = Assert.Throws<ArgumentException>(() =>
            ComparisonTable.Of(one, new Candidate(Role.Teacher, [shorter], 1, null)));
        Assert.Contains("1 and on 10 texts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Chinese_cells_are_two_columns_wide_and_a_bar_does_not_break_markdown()
    {
        var table = new TextTable(["类", "n"], [["体育", "1"], ["a|b", "22"]]);

        Assert.Equal("类     n\n体育   1\na|b   22\n", table.ToText());
        Assert.Contains("| a\\|b | 22 |", table.ToMarkdown(), StringComparison.Ordinal);
    }

    // The first `wrong` texts are classified wrongly, all with a margin of 1, by a teacher that is always right.
    private static EvaluationResult Result(int wrong)
    {
        LogitTable teacher = Answers(0);
        return Evaluator.Evaluate(Test, Answers(wrong), wrong == 0 ? null : teacher, 0.5);
    }

    private static LogitTable Answers(int wrong) => new(Enumerable.Range(0, 10)
        .SelectMany(k => (k % 2 == 1) ^ (k < wrong) ? new float[] { 0, 1 } : [1, 0]).ToArray(), 2);
}
