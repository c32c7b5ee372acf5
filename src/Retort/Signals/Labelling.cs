using System.Diagnostics;
using Retort.Runs;
using Retort.Teachers;

namespace Retort.Signals;

/// <summary>What a labelling did.</summary>
/// <param name="Texts">Distinct texts asked for.</param>
/// <param name="Computed">Those that the cache did not have.</param>
/// <param name="Tokens">Tokens that the teacher read, padding left out.</param>
/// <param name="Elapsed">Time that the computing took.</param>
public sealed record LabellingResult(int Texts, int Computed, long Tokens, TimeSpan Elapsed);

/// <summary>Computes the teacher's signals for every text of some corpora that the cache lacks.</summary>
public static class Labelling
{
    /// <summary>
    /// Shards hold the new texts in their order, so an interrupted job, run again, ends with the same files as an
    /// uninterrupted one. The texts are read twice, and no more than a shard of them is held.
    /// </summary>
    public static LabellingResult Run(LabelOptions options, ILabeller teacher, SignalCache cache, IEnumerable<string> texts,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        using IDisposable alone = cache.Alone(progress, cancellation);
        (int distinct, int lacking) = Count(cache, texts);
        var clock = Stopwatch.StartNew();
        long tokens = 0;
        int done = 0;
        foreach (string[] shard in Lacking(cache, texts).Chunk(options.ShardSize))
        {
            TeacherOutputs outputs = teacher.Label(shard, (more, read) =>
            {
                (done, tokens) = (done + more, tokens + read);
                progress?.Report(new StageProgress("label", done, lacking, "texts"));
            }, cancellation);
            RequireFinite(shard, outputs.Logits, cache.Source.Classes.Count);
            cache.Append(shard, outputs.Logits, outputs.Pooled);
        }
        return new LabellingResult(distinct, lacking, tokens, clock.Elapsed);
    }

    /// <summary>How many different texts there are.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="scratch">A folder for a file that is gone afterwards.</param>
    internal static int CountDistinct(IEnumerable<string> texts, string scratch) => Distinct(texts, scratch).Count();

    private static (int Distinct, int Lacking) Count(SignalCache cache, IEnumerable<string> texts)
    {
        (int distinct, int lacking) = (0, 0);
        foreach ((_, SignalKey key) in Distinct(texts, cache.Folder))
            (distinct, lacking) = (distinct + 1, lacking + (cache.Contains(key) ? 0 : 1));
        return (distinct, lacking);
    }

    private static IEnumerable<string> Lacking(SignalCache cache, IEnumerable<string> texts) =>
        Distinct(texts, cache.Folder).Where(text => !cache.Contains(text.Key)).Select(text => text.Text);

    // Each text once, the first time that it comes.
    private static IEnumerable<(string Text, SignalKey Key)> Distinct(IEnumerable<string> texts, string scratch)
    {
        using var seen = new KeyTable(scratch);
        foreach (string text in texts)
        {
            SignalKey key = SignalKey.Of(text);
            if (seen.Put(key.Value))
                yield return (text, key);
        }
    }

    private static void RequireFinite(string[] texts, float[] logits, int classes)
    {
        int bad = Array.FindIndex(logits, value => !float.IsFinite(value));
        if (bad >= 0)
        {
            throw new RetortException($"the teacher answers {logits[bad]} for class {bad % classes} of '{texts[bad / classes]}': "
                + "expected a finite logit; its weights are damaged or it diverged in training");
        }
    }
}
