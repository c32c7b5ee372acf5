using System.Text.Json;
using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Tests.Metrics;

namespace Retort.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly Corpus Classes = new("test.tsv", TaskKind.SingleLabel, new LabelSet(["no", "yes", "maybe"]),
        [new("a", 0), new("b", 1), new("c", 1), new("d", -1, [0.2f, 0.8f, 0])]);
    private static readonly LogitTable Logits = new([2, 0, 0, 2, 0, 0, 0, 2, 0, 0, 2, 0], 3);

    [Fact]
    public void A_single_label_corpus_gets_every_figure()
    {
        var teacher = new LogitTable([2, 0, 0, 0, 2, 0, 0, 2, 0, 0, 2, 0], 3);

        EvaluationResult result = Evaluator.Evaluate(Classes, Logits, teacher, 2);

        Assert.Equal((4, 0.75), (result.Texts, result.Accuracy));
        Assert.Equal([true, false, true, true], result.Right);
        Assert.Equal((2.0 / 3 + 0.8) / 2, result.MacroF1!.Value, 12);
        Assert.Equal([[1, 0, 0], [1, 2, 0], [0, 0, 0]], result.Confusion);
        Assert.Equal(0.75, result.Agreement);
        double one = Math.Exp(2) / (Math.Exp(2) + 2), other = 1 / (Math.Exp(2) + 2);
        Assert.Equal(2 * (one - other) / 4, result.Divergence!.Value, 6);
        Assert.Equal(Math.Abs(0.75 - one), result.CalibrationError!.Value, 6);
        Assert.Equal(Math.Abs(0.75 - Math.E / (Math.E + 2)), result.CalibratedError!.Value, 6);
        Assert.Equal(15, result.Reliability!.Count);
        Assert.Equal(one, result.UncalibratedReliability!.Single(bin => bin.Count > 0).Confidence, 6);
        Assert.Equal(Math.E / (Math.E + 2), result.Reliability.Single(bin => bin.Count > 0).Confidence, 6);
    }

    [Fact]
    public void Without_a_teacher_nothing_is_said_of_agreement()
    {
        EvaluationResult result = Evaluator.Evaluate(Classes, Logits, teacher: null, 1);

        Assert.Null(result.Agreement);
        Assert.Null(result.Divergence);
        Assert.Equal(result.CalibrationError, result.CalibratedError);
    }

    [Fact]
    public void A_multi_label_corpus_is_scored_by_its_sets()
    {
        var corpus = new Corpus("test.jsonl", TaskKind.MultiLabel, new LabelSet(["a", "b"]),
            [new("x", -1, [1, 0]), new("y", -1, [1, 1]), new("z", -1, [0, 0])]);
        var logits = new LogitTable([3, -3, 3, -3, -3, -3], 2);

        EvaluationResult result = Evaluator.Evaluate(corpus, logits, logits, 1);

        Assert.Equal(2.0 / 3, result.Accuracy!.Value, 12);
        Assert.Equal(0.5, result.MacroF1!.Value, 12);
        Assert.Equal(0.8, result.MicroF1!.Value, 12);
        Assert.Equal(1, result.Agreement);
        Assert.Equal([1, 1], result.PerClassAgreement!);
        Assert.Null(result.Confusion);
        Assert.InRange(TemperatureFit.Fit(corpus, logits), 1, 5);
    }

    [Fact]
    public void The_temperature_fitted_on_a_corpus_is_that_of_its_labels()
    {
        LogitTable logits = RandomTables.Logits(3, 400, 3);
        int[] labels = RandomTables.LabelsFrom(logits, 2, 3);
        Corpus dev = Classes with { Samples = labels.Select(label => new Sample("t", label)).ToArray() };

        Assert.Equal(TemperatureFit.Fit(logits, labels), TemperatureFit.Fit(dev, logits));
    }

    [Fact]
    public void A_result_is_written_as_json_without_its_texts_row_by_row()
    {
        string json = JsonSerializer.Serialize(Evaluator.Evaluate(Classes, Logits, null, 1), JsonForm.Compact);

        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(0.75, document.RootElement.GetProperty("accuracy").GetDouble());
        Assert.Equal("single_label", document.RootElement.GetProperty("kind").GetString());
        Assert.False(document.RootElement.TryGetProperty("right", out _));
    }

    [Fact]
    public void Corpora_that_cannot_be_scored_are_refused_by_name()
    {
        var unlabelled = new Corpus("texts.txt", TaskKind.Unlabelled, new LabelSet([]), [new("a")]);

        var error = Assert.Throws<RetortException>(() => Evaluator.Evaluate(unlabelled, Logits, null, 1));
        Assert.Contains("texts.txt has no labels", error.Message, StringComparison.Ordinal);
        Assert.Throws<RetortException>(() => Evaluator.Evaluate(Classes with { Samples = [] }, Logits, null, 1));
        Assert.Throws<ArgumentException>(() => Evaluator.Evaluate(Classes, new LogitTable(new float[8], 2), null, 1));
    }

    [Fact]
    public void Tables_of_classes_leave_scores_of_absent_classes_open()
    {
        EvaluationResult result = Evaluator.Evaluate(Classes, Logits, null, 1);

        TextTable perClass = ClassTables.PerClass(result), confusion = ClassTables.Confusion(result)!;

        Assert.Equal(["yes", "1.0000", "0.6667", "0.8000", "3"], perClass.Rows[1]);
        Assert.Equal(["maybe", "–", "–", "–", "0"], perClass.Rows[2]);
        Assert.Equal(["1 yes", "1", "2", "0"], confusion.Rows[1]);
    }
}
