using Retort.Data;
using Retort.Fractionation;
using Retort.Metrics;
using Retort.Runs;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>
/// Fine-tunes the encoder once for each fold of train, on the others, and asks it of that fold: how hard a text is, by models that have not
/// learnt it by heart. Each is a stage of its own, below <c>folds/</c>; its answers stand in the cache of signals.
/// </summary>
internal sealed class CrossFitting(Recipe recipe, string run, DataSet data, StageRunner runner, Device device, IProgress<StageProgress>? progress,
    CancellationToken cancellation)
{
    private const string Name = "cross-fit";

    /// <param name="encoder">The pre-trained encoder's folder.</param>
    /// <param name="softLabels">(train × classes) What is learnt in place of the labels; null: these.</param>
    /// <param name="inputs">What a fine-tuning on train depends on.</param>
    public OtherAnswers Run(string encoder, LogitTable? softLabels, IReadOnlyDictionary<string, string> inputs)
    {
        int folds = recipe.Fractionation.Folds, classes = data.Train.Labels.Count;
        int[] assigned = Folds.Assign(data.Train, folds, recipe.Teacher.Seed);
        var answers = new LogitTable(new float[checked(data.Train.Count * classes)], classes);
        var fingerprints = new List<string>();
        var models = new OtherModels(recipe, run, data, device, progress, cancellation);
        for (int fold = 0; fold < folds; fold++)
        {
            int[] held = [.. Enumerable.Range(0, assigned.Length).Where(row => assigned[row] == fold)];
            string folder = Folder(fold);
            int[] learnt = [.. Enumerable.Range(0, assigned.Length).Where(row => assigned[row] != fold)];
            Corpus others = data.Train with { Samples = Array.ConvertAll(learnt, row => data.Train.Samples[row]) };
            var own = new Dictionary<string, string>(inputs) { ["fold"] = FormattableString.Invariant($"{fold} of {folds}") };
            runner.Run("teach", folder, own, [folder], checkpoints => TeacherTraining.Run(
                recipe.Teacher, others, data.Dev, encoder, Path.Combine(run, folder), checkpoints, runner.Logs(folder), softLabels?.Choose(learnt), device, progress, cancellation));
            LogitTable said = models.Ask("fractionation.folds", new NamedTeacher(TeacherKind.Model, folder), Path.Combine(run, folder),
                [.. held.Select(row => data.Train.Samples[row].Text)]).Said.Logits;
            for (int k = 0; k < held.Length; k++)
                said.Row(k).CopyTo(answers.Values.AsSpan(held[k] * classes));
            fingerprints.Add(ContentHash.OfRecord(runner.Record(folder).Outputs));
        }
        for (int old = folds; Directory.Exists(Path.Combine(run, Folder(old))); old++)
            Directory.Delete(Path.Combine(run, Folder(old)), recursive: true);
        if (data.Train.Kind == TaskKind.SingleLabel)
        {
            double right = SingleLabel.Accuracy(answers, data.Train.ClassIndices());
            progress?.Report(StageProgress.Note(Name, FormattableString.Invariant(
                $"{folds} encoders, each asked of the texts of train that it has not learnt from: accuracy {right:0.0000}")));
        }
        return new OtherAnswers(answers, ContentHash.OfRecord(fingerprints));
    }

    private static string Folder(int fold) => FormattableString.Invariant($"folds/{fold}");
}
