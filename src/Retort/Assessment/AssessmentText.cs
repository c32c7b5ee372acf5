using System.Globalization;
using Retort.Evaluation;

namespace Retort.Assessment;

/// <summary>An assessment for people.</summary>
public static class AssessmentText
{
    /// <summary>Line by line, without the files that were written.</summary>
    public static IEnumerable<string> Lines(AssessmentResult result)
    {
        DataFacts data = result.Data;
        yield return Text($"data: train {data.Train:#,0}, dev {data.Dev:#,0}, test {data.Test:#,0} texts{(data.Classes > 0 ? Text($", {data.Classes} classes, the largest {data.Imbalance:0.0} times the smallest") : ", without labels")}");
        yield return $"  characters: {Of(data.Characters)}";
        if (data.Tokens is { } tokens)
            yield return Text($"  tokens: {Of(tokens)}; {data.LongerThanStudent:#,0} texts longer than student.max_length, {data.LongerThanTeacher:#,0} than teacher.max_length");
        yield return Text($"  rows of train that repeat: {data.Duplicates:#,0}; leaks: {data.Leaks:#,0}; texts with several labels: {data.Conflicts:#,0}");
        if (data.CrossValidatedAccuracy is { } accuracy)
        {
            yield return Text($"  linear model, cross-validated on {data.CrossValidatedTexts:#,0} texts: accuracy {accuracy:0.0000}; speaks against the label of {data.Doubtful:#,0} ({100.0 * data.Doubtful / data.CrossValidatedTexts:0.0} %)");
            foreach (DoubtfulText doubt in data.DoubtfulTexts)
                yield return Text($"    '{doubt.Text}' is labelled {doubt.Label}: {doubt.Likely} {doubt.Probability:0.00}?");
        }
        MachineFacts machine = result.Machine;
        yield return Text($"machine: {machine.Cpu}; {string.Join(", ", machine.Caches)}; {string.Join(", ", machine.Instructions)}; {machine.GigaflopsOneThread:0} GFLOP/s on one thread, {machine.GigaflopsAllThreads:0} on all, {machine.Bf16Speedup:0.0} times that in bf16; memory {machine.GigabytesPerSecond:0.0} GB/s");
        yield return "";
        yield return Table(result).ToText().TrimEnd();
        yield return "";
        yield return Text($"forecast: teach {Seconds(result.Forecast.TeachSeconds)}, label {Seconds(result.Forecast.LabelSeconds)}, distill {Seconds(result.Forecast.DistillSeconds)}");
        foreach (string note in result.Notes)
            yield return $"note: {note}";
        yield return "";
        yield return $"recommended: {Words(result.Recommendation.Verdict)}";
        foreach (string reason in result.Recommendation.Reasons)
            yield return $"  {reason}";
        foreach (string choice in result.Choices)
            yield return $"  {choice}";
    }

    private static TextTable Table(AssessmentResult result)
    {
        (string Name, ModelFacts Facts)[] models = [.. new (string, ModelFacts?)[] { ("linear model", result.Linear), ("teacher", result.Teacher), ("student, untrained", result.Student?.Facts) }
            .Where(model => model.Item2 is not null).Select(model => (model.Item1, model.Item2!))];
        return new TextTable(["", .. models.Select(model => model.Name)],
        [
            ["accuracy on dev", .. models.Select(model => Figures.Share(model.Facts.Accuracy))],
            ["calibration error (ECE)", .. models.Select(model => Figures.Share(model.Facts.CalibrationError))],
            ["p50, µs", .. models.Select(model => Figures.Number(model.Facts.Latency?.P50))],
            ["p95, µs", .. models.Select(model => Figures.Number(model.Facts.Latency?.P95))],
            ["texts/s, one thread", .. models.Select(model => Figures.Number(model.Facts.Latency?.TextsPerSecond))],
            ["size on disk", .. models.Select(model => Figures.Bytes(model.Facts.Bytes))],
        ]);
    }

    private static string Words(Verdict verdict) => verdict switch
    {
        Verdict.LinearIsEnough => "no distillation: the linear model is enough",
        Verdict.Distil => "distil with this recipe",
        Verdict.KeepTeacher => "keep the teacher",
        _ => "nothing that is known here meets the needs",
    };

    private static string Of(Lengths lengths) => Text($"median {lengths.Median:#,0}, p95 {lengths.P95:#,0}, p99 {lengths.P99:#,0}, longest {lengths.Longest:#,0}");

    private static string Seconds(double? seconds) => seconds switch { null => "cannot be told or is not needed", >= 600 => Text($"{seconds / 60:0} min"), _ => Text($"{seconds:0} s") };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
