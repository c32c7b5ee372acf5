using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>Scores and times a finished teacher, on so many texts of dev as take a minute or two.</summary>
internal static class TeacherProbe
{
    /// <summary>Texts of dev that a model is asked about; a file of signals is read for all.</summary>
    public const int MostTexts = 1000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5), Budget = TimeSpan.FromSeconds(2);

    /// <summary>The folder of the run's own fine-tuned encoder, where it is finished; else null.</summary>
    public static string? Taught(string run) =>
        Path.Combine(run, "teacher") is var folder && File.Exists(Path.Combine(folder, "config.json")) && File.Exists(Path.Combine(folder, "model.safetensors")) ? folder : null;

    /// <summary>Whether every teacher of the recipe is there already.</summary>
    public static bool IsFinished(Recipe recipe, string run) => recipe.Teacher.Parsed().All(teacher => teacher.Kind != TeacherKind.FineTuned || Taught(run) is not null);

    /// <param name="recipe">Names the teachers.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="data">The corpus.</param>
    /// <param name="resolve">Finds a named model.</param>
    /// <param name="scratch">Where answers may stand until all is told.</param>
    /// <param name="device">Where models compute.</param>
    /// <param name="progress">Told of the labelling.</param>
    /// <param name="cancellation">Stops.</param>
    public static ModelFacts Run(Recipe recipe, string run, DataSet data, Func<string, string> resolve, string scratch, Device device,
        IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        bool asked = recipe.Teacher.Parsed().Any(teacher => teacher.Kind != TeacherKind.File);
        Corpus dev = asked ? Drawn(data.Dev) : data.Dev;
        recipe = recipe with { Labelling = recipe.Labelling with { Cache = scratch }, Teacher = recipe.Teacher with { AcceptWeak = true } };
        using TeacherPanel panel = TeacherPanel.Open(recipe, run, data with { Dev = dev, Test = dev }, Taught(run), resolve, device, progress, cancellation);
        using TimedTeachers? timed = panel.Timed();
        Latency? latency = timed is null ? null : LibTorch.OnOneThread(() => LatencyMeter.Measure(timed.Answer, dev.Texts(), WarmUp, Budget, null, cancellation));
        if (data.Dev.Kind == TaskKind.Unlabelled)
            return new ModelFacts(null, null, latency, timed?.Bytes);
        panel.Label([], progress, cancellation);
        LogitTable? logits = panel.TryLogits(dev.Texts());
        EvaluationResult? scored = logits is null ? null : Evaluator.Evaluate(dev, logits, null, 1);
        return new ModelFacts(scored?.Accuracy, scored?.CalibrationError, latency, timed?.Bytes);
    }

    private static Corpus Drawn(Corpus dev)
    {
        int[] rows = [.. Enumerable.Range(0, dev.Count)];
        new SeededRandom(1).Shuffle(rows.AsSpan());
        return dev.Choose([.. rows.Take(MostTexts)]);
    }
}
