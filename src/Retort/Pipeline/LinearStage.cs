using Retort.Baselines;
using Retort.Data;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>Trains the linear baseline of a run.</summary>
internal sealed class LinearStage(Recipe recipe, string run, DataSet data, StageRunner runner, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Where the model stands, below the run's folder.</summary>
    public const string Folder = "linear";

    private const string Kind = "baseline";

    /// <summary>Trains it, unless it stands there; null where there is none to train.</summary>
    public LinearResult? Run()
    {
        if (!recipe.Baseline.Linear || data.Train.LabelledByTeacher)
            return null;
        if (data.Train.Kind != TaskKind.SingleLabel)
        {
            progress?.Report(StageProgress.Note(Kind, "there is no linear baseline of a multi-label task"));
            return null;
        }
        var inputs = new Dictionary<string, string> { ["data"] = CorpusHash.Of(data.Train, data.Dev) };
        return runner.Run(Kind, Folder, inputs, [Folder], _ =>
        {
            (LinearModel model, LinearResult result) = LinearTraining.Run(data.Train, data.Dev, progress, cancellation);
            using (model)
                model.Save(Path.Combine(run, Folder));
            return result;
        });
    }
}
