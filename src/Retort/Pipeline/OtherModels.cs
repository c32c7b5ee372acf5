using Retort.Data;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>Asks models beside the teacher. Their answers stand in the cache of signals; nothing is learnt from them.</summary>
internal sealed class OtherModels(Recipe recipe, string run, DataSet data, Device device, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    /// <param name="key">The recipe's key that asks for it.</param>
    /// <param name="source">What the model is.</param>
    /// <param name="folder">A model's folder or file; null: another kind of teacher.</param>
    /// <param name="texts">What it is asked of; a file may know some of them alone.</param>
    /// <returns>What it says, in the order of the data's classes, and what that depends on.</returns>
    public (PartialLogits Said, string Fingerprint) Ask(string key, NamedTeacher source, string? folder, IReadOnlyList<string> texts)
    {
        string cache = TeacherPanel.CacheOf(recipe, run);
        Recipe alone = recipe with { Labelling = recipe.Labelling with { PooledState = PooledState.None } };
        using PanelMember model = PanelMember.Open(source, folder, alone, data.Train.Labels, data.Train.Kind, cache, device, progress, cancellation, key);
        model.Label(texts, progress, cancellation);
        return (model.On(texts), model.Signals.Source.Fingerprint);
    }
}
