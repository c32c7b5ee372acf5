using Retort.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>
/// A teacher's signals on disk, found by text: <c>FOLDER/FINGERPRINT/source.json</c> and <c>shard-00000.parquet</c> …
/// Shuffling, deduplicating or adding rows of a corpus keeps it valid; another teacher has another folder. While it is open,
/// a temporary file there holds where each text's signal stands.
/// </summary>
public sealed class SignalCache : IDisposable
{
    private const string Extension = "parquet";

    private readonly ShardPlaces _places;

    private SignalCache(string folder, SignalSource source) => (Folder, Source, _places) = (folder, source, new ShardPlaces(folder));

    /// <summary>The folder of this source's shards.</summary>
    public string Folder { get; }

    public SignalSource Source { get; }

    /// <summary>How many texts it knows.</summary>
    public int Count => _places.Count;

    /// <summary>Opens the signals of a source, or starts an empty cache for it.</summary>
    /// <param name="folder">The folder of all sources.</param>
    /// <param name="source">Whose signals.</param>
    /// <param name="progress">Told where another process writes there, which is waited for; null: nobody.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="RetortException">A shard is damaged, or the folder is of another source.</exception>
    public static SignalCache Open(string folder, SignalSource source, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        string own = Path.Combine(folder, source.Fingerprint), facts = Path.Combine(own, "source.json");
        if (!File.Exists(facts))
            AtomicFile.WriteText(facts, source.ToJson());
        else if (File.ReadAllText(facts) != source.ToJson())
            throw new RetortException($"{facts} tells of another teacher than the one at hand: delete {own} to label anew");
        var cache = new SignalCache(own, source);
        try
        {
            cache.Alone(progress, cancellation).Dispose();
            return cache;
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    /// <summary>Lets no other process write until it is disposed of, and takes up what others have written since the cache was opened.</summary>
    /// <param name="progress">Told where another process has it; null: nobody.</param>
    /// <param name="cancellation">Stops waiting.</param>
    internal IDisposable Alone(IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        FileStream alone = FolderLock.Take(Folder, progress, "label", cancellation);
        try
        {
            while (File.Exists(Next))
                _places.Add(SignalShard.ReadKeys(Next));
            return alone;
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    public bool Contains(string text) => Contains(SignalKey.Of(text));

    internal bool Contains(SignalKey key) => _places.TryFind(key, out _);

    public void Dispose() => _places.Dispose();

    /// <summary>Writes the next shard. Where another process may write as well, under <see cref="Alone"/>.</summary>
    /// <param name="texts">New texts, each once.</param>
    /// <param name="logits">(texts × classes)</param>
    /// <param name="pooled">(texts × hidden), empty for none.</param>
    public void Append(IReadOnlyList<string> texts, float[] logits, float[] pooled)
    {
        SignalKey[] keys = texts.Select(SignalKey.Of).ToArray();
        SignalShard.Write(Next, keys, logits, pooled);
        _places.Add(keys);
    }

    /// <summary>The logits of texts, in their order.</summary>
    /// <exception cref="RetortException">A text was never labelled.</exception>
    public LogitTable Logits(IReadOnlyList<string> texts) =>
        new(Gather(texts, Source.Classes.Count, SignalShard.ReadLogits), Source.Classes.Count);

    /// <summary>(texts × hidden) The pooled states of texts, in their order.</summary>
    /// <exception cref="RetortException">A text was never labelled, or no pooled states are stored.</exception>
    public float[] Pooled(IReadOnlyList<string> texts)
    {
        if (Source.Hidden == 0)
            throw new RetortException($"{Folder} holds no pooled states: label with signals.pooled_state: mean or cls");
        return Gather(texts, Source.Hidden, SignalShard.ReadPooled);
    }

    private float[] Gather(IReadOnlyList<string> texts, int width, Func<string, int, float[]> read)
    {
        if ((long)texts.Count * width > Array.MaxLength)
        {
            throw new RetortException($"{texts.Count} texts of {width} numbers each are more than memory holds at once: expected at most {Array.MaxLength / width}; "
                + "choose from fewer (self_training.pool)");
        }
        var places = new (int Shard, int Row)[texts.Count];
        for (int k = 0; k < places.Length; k++)
        {
            if (!_places.TryFind(SignalKey.Of(texts[k]), out places[k]))
                throw new RetortException($"{Folder} has no signal for '{Excerpt.Of(texts[k])}': run `retort label` on its corpus first");
        }
        float[] gathered = new float[texts.Count * width];
        foreach (IGrouping<int, int> inShard in Enumerable.Range(0, places.Length).GroupBy(k => places[k].Shard))
        {
            float[] rows = read(_places.PathOf(inShard.Key, Extension), width);
            foreach (int k in inShard)
                rows.AsSpan(places[k].Row * width, width).CopyTo(gathered.AsSpan(k * width));
        }
        return gathered;
    }

    private string Next => _places.PathOf(_places.Shards, Extension);
}
