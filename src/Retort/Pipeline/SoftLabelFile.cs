using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Signals;
using Retort.Signals.Files;

namespace Retort.Pipeline;

/// <summary>The file of <c>teacher.soft_labels</c>: what a stronger teacher says of train, for an encoder to be fine-tuned on.</summary>
internal static class SoftLabelFile
{
    /// <summary>(train × classes) Its logits, in the order of the data's classes, and the file's fingerprint.</summary>
    /// <exception cref="RetortException">It lacks a text of train, or has other classes.</exception>
    public static (LogitTable Logits, string Fingerprint) Read(Recipe recipe, string run, DataSet data, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        const string key = "teacher.soft_labels";
        string name = Path.GetFileName(recipe.Teacher.SoftLabels);
        SignalFile file = SignalFile.Read(recipe.Teacher.SoftLabels, data.Train.Labels, data.Train.Kind, PanelMember.CorpusFiles(recipe), recipe.Data, key);
        using SignalCache cache = SignalCache.Open(TeacherPanel.CacheOf(recipe, run), file.Source, progress, cancellation);
        file.StoreIn(cache, recipe.Labelling.ShardSize, progress, cancellation);
        string[] texts = data.Train.Texts();
        PartialLogits found = PartialLogits.Of(cache, ClassOrder.Of(name, file.Source.Classes, data.Train.Labels), texts);
        int[] missing = Enumerable.Range(0, texts.Length).Where(k => !found.Known[k]).ToArray();
        if (missing.Length > 0)
        {
            throw new RetortException($"{missing.Length} of {texts.Length} texts of train have no signal of {name}, the first: '{Excerpt.Of(texts[missing[0]])}': "
                + $"expected one for each; leave {key} empty to fine-tune on the labels");
        }
        return (found.Logits, file.Source.Fingerprint);
    }
}
