using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Reports.Sections;

namespace Retort.Tests.Reports;

/// <summary>What is said in words follows from the figures, and does not call chance a gain.</summary>
public sealed class SummaryTests
{
    [Fact]
    public void A_loss_that_every_seed_shows_is_called_one()
    {
        string[] said = Said(Report((Role.Teacher, [0.95]), (Role.Student, [0.9, 0.901, 0.902]), (Role.StudentWithoutTeacher, [0.85, 0.852, 0.851])));
        Assert.StartsWith("The student's accuracy on test is 0.9010 ± 0.0010 (3 seeds), the teacher's 0.9500: it loses 4.90 points, more than chance would do (paired t-test over seeds: p = 0.0001", said[0], StringComparison.Ordinal);
        Assert.StartsWith("Over the same student without a teacher, distillation wins 5.00 points of accuracy: more than chance would do", said[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_within_the_spread_is_called_chance()
    {
        string[] said = Said(Report((Role.Student, [0.90, 0.92, 0.91]), (Role.StudentWithoutTeacher, [0.91, 0.90, 0.914])));
        Assert.EndsWith("what it lost against the teacher cannot be told, which did not answer all texts of test.", said[0], StringComparison.Ordinal);
        Assert.Contains("wins 0.20 points of accuracy: within the spread over seeds, and not significant: it may be chance (paired t-test over seeds: p = 0.8", said[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.001, "more than chance would do (McNemar's test: p = 0.001)")]
    [InlineData(0.2, "not significant: it may be chance (McNemar's test: p = 0.2)")]
    [InlineData(null, "one seed and no test, so it may be chance")]
    public void Of_a_single_seed_the_test_over_texts_speaks(double? p, string words)
    {
        RunReport report = Report((Role.Student, [0.9]), (Role.StudentWithoutTeacher, [0.88]));
        Assert.EndsWith($"wins 2.00 points of accuracy: {words}.", Said(report with { Test = report.Test with { McNemar = p is null ? [] : [new McNemarResult(9, 1, p.Value, true)] } })[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.8, "wins 10.00 points over it, more than chance would do (McNemar's test: p = 0.001).")]
    [InlineData(0.95, "loses 5.00 points to it, more than chance would do (McNemar's test: p = 0.001). It is the better choice here.")]
    public void A_linear_model_that_is_better_is_called_so(double linear, string words)
    {
        RunReport report = Report((Role.Student, [0.9]), (Role.Linear, [linear]));
        string said = Said(report with { Test = report.Test with { McNemarOfLinear = [new McNemarResult(9, 1, 0.001, true)] } })[1];
        Assert.Equal(FormattableString.Invariant($"A linear model of words and characters has {linear:0.0000}: the student {words}"), said);
    }

    [Fact]
    public void What_compression_cost_is_told_with_its_size()
    {
        string[] said = Said(Report((Role.Student, [0.9, 0.91]), (Role.StudentCompressed, [0.89, 0.9])));
        Assert.StartsWith("Compressed to 2.00 kB, 200 % of its size, it loses 1.00 points: ", said[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_labels_agreement_is_told_and_no_accuracy()
    {
        RunReport report = Report((Role.Student, [0.9]));
        ComparisonRow row = report.Test.Rows[0] with { Accuracy = null, Agreement = Spread.Of([0.8]) };
        Assert.Equal(["The corpus has no labels, so accuracy cannot be told: the student gives the teacher's answer to 0.8000 of the texts of test."], Said(report with { Test = report.Test with { Rows = [row] } }));
    }

    [Theory]
    [InlineData(100_000, 0.04, "$0.00011")]
    [InlineData(50, 0.04, "$0.22")]
    [InlineData(0.5, 0.04, "$22.22")]
    public void Costs_are_those_of_the_time_that_a_million_texts_take(double textsPerSecond, double price, string text) =>
        Assert.Equal(text, Cost.Text(Cost.OfMillion(new Latency(1, 1, textsPerSecond, 1), price)));

    [Fact]
    public void What_was_not_timed_has_no_cost() => Assert.Equal("–", Cost.Text(Cost.OfMillion(null, 1)));

    private static string[] Said(RunReport report) => [.. Summary.Of(report).Select(sentence => sentence.Value)];

    private static RunReport Report(params (Role Role, double[] Accuracies)[] roles) => new(
        new ComparisonTable(1000, [.. roles.Select((role, k) => new ComparisonRow(role.Role, role.Accuracies.Length, Spread.Of(role.Accuracies), null, null, null, null, null, 1000 * (k + 1), null, null))], []),
        [.. roles.SelectMany(role => role.Accuracies.Select((accuracy, k) => new ModelReport(role.Role, k + 1, Result(accuracy), Result(accuracy), null, null)))], [], 1);

    private static EvaluationResult Result(double accuracy) => new()
    {
        Source = "test.tsv",
        Kind = TaskKind.SingleLabel,
        Texts = 1000,
        Classes = ["a", "b"],
        Accuracy = accuracy,
        MacroF1 = accuracy,
        PerClass = [],
        NegativeLogLikelihood = 1,
        CalibrationError = 0,
        Temperature = 1,
        CalibratedError = 0,
    };
}
