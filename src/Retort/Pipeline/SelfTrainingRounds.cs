using Retort.Data;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Training;
using Retort.Transfer.SelfTraining;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>
/// Fine-tunes the encoder on few labels, and then, round after round, on these and on the unlabelled texts that the last
/// teacher is sure of, each time from the pre-trained weights; until a round is no better on dev. Each round is a stage
/// of its own, below <c>rounds/</c>; the best becomes <c>teacher/</c>.
/// </summary>
internal sealed class SelfTrainingRounds(Recipe recipe, string run, DataSet data, IReadOnlyList<string> unlabelled, StageRunner runner, Device device,
    IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    /// <param name="encoder">The pre-trained encoder's folder.</param>
    /// <param name="inputs">What a fine-tuning on train depends on.</param>
    /// <returns>The training of the best round.</returns>
    public TrainingResult Run(string encoder, IReadOnlyDictionary<string, string> inputs)
    {
        TrainingResult best = Round(0, encoder, inputs, last: null);
        int bestRound = 0;
        for (int round = 1; round <= recipe.SelfTraining.Rounds; round++)
        {
            TrainingResult next = Round(round, encoder, inputs, Folder(round - 1));
            if (!IsBetter(next.Best, best.Best))
            {
                progress?.Report(StageProgress.Note("teach", $"round {round} of self-training is no better on dev than round {bestRound}: it ends here"));
                break;
            }
            (best, bestRound) = (next, round);
        }
        return runner.Run("teach", "teach", new Dictionary<string, string> { ["round"] = Weights(bestRound) }, ["teacher"], _ =>
        {
            Copy(Path.Combine(run, Folder(bestRound)), Path.Combine(run, "teacher"));
            return best;
        });
    }

    private TrainingResult Round(int round, string encoder, IReadOnlyDictionary<string, string> inputs, string? last)
    {
        var own = new Dictionary<string, string>(inputs);
        if (last is not null)
        {
            own["last"] = Weights(round - 1);
            own["unlabelled"] = ContentHash.OfLines(unlabelled);
            own["self_training"] = ContentHash.OfRecord(recipe.SelfTraining with { Rounds = 0 });
            own["pooled_state"] = Pooling.ToString();
            if (recipe.Labelling.Precision != default)
                own["precision"] = recipe.Labelling.Precision.ToString();
        }
        return runner.Run("teach", Folder(round), own, [Folder(round)], checkpoints => TeacherTraining.Run(recipe.Teacher,
            last is null ? data.Train : With(Chosen(Path.Combine(run, last), round)), data.Dev, encoder, Path.Combine(run, Folder(round)),
            checkpoints, runner.Logs(Folder(round)), softLabels: null, device, progress, cancellation));
    }

    /// <summary>The texts that the last teacher is sure of, with its classes.</summary>
    private Sample[] Chosen(string teacher, int round)
    {
        IReadOnlyList<string> pool = ConfidentTexts.Pool(unlabelled, recipe.SelfTraining.Pool, recipe.Teacher.Seed);
        LabelOptions options = recipe.Labelling with { PooledState = Pooling };
        using var labeller = EncoderLabeller.Load(teacher, options, device);
        using SignalCache signals = SignalCache.Open(TeacherPanel.CacheOf(recipe, run), labeller.Source, progress, cancellation);
        Labelling.Run(options, labeller, signals, pool, progress, cancellation);
        Sample[] chosen = ConfidentTexts.Choose(recipe.SelfTraining, data.Train, pool, signals.Logits(pool), signals.Pooled(pool));
        string counts = string.Join(", ", data.Train.Labels.Names.Select((name, c) => $"{name} {chosen.Count(sample => sample.Label == c)}"));
        progress?.Report(StageProgress.Note("teach", $"round {round} of self-training: {chosen.Length} of {pool.Count} unlabelled texts are added to train ({counts})"));
        return chosen;
    }

    // Texts are told apart by pooled states, whether or not the recipe stores any.
    private PooledState Pooling => recipe.Labelling.PooledState == PooledState.None ? PooledState.Mean : recipe.Labelling.PooledState;

    private Corpus With(Sample[] chosen) => data.Train with { Samples = [.. data.Train.Samples, .. chosen] };

    private bool IsBetter(DevScores next, DevScores best) => next.Of(recipe.Teacher.Metric) > best.Of(recipe.Teacher.Metric);

    private string Weights(int round) => ContentHash.OfRecord(runner.Record(Folder(round)).Outputs);

    /// <summary>The folder of a round, below the run's, and the name of its stage.</summary>
    public static string Folder(int round) => $"rounds/{round}";

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(to))
        {
            foreach (string old in Directory.GetFiles(to).Where(old => !File.Exists(Path.Combine(from, Path.GetFileName(old)))))
                File.Delete(old);
        }
        // The weights last, as a teacher is saved: with them it is complete.
        foreach (string file in Directory.GetFiles(from).OrderBy(file => file.EndsWith(".safetensors", StringComparison.Ordinal)).ThenBy(file => file, StringComparer.Ordinal))
            AtomicFile.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
