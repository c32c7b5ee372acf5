using Retort.Data;
using Retort.Runs;

namespace Retort.Signals.Intermediate;

/// <summary>
/// Intermediate signals on disk, found by text, memory-mapped: <c>FOLDER/FINGERPRINT/source.json</c>, <c>shard-00000.safetensors</c> and
/// <c>shard-00000.parquet</c> … Another teacher, other layers or another precision have another folder.
/// </summary>
public sealed class IntermediateCache : IDisposable
{
    private readonly ShardPlaces _places;
    private readonly List<IntermediateShard> _shards = [];

    private IntermediateCache(string folder, IntermediateSource source) => (Folder, Source, _places) = (folder, source, new ShardPlaces(folder));

    public IntermediateSource Source { get; }

    /// <summary>How many texts it knows.</summary>
    public int Count => _places.Count;

    /// <summary>The folder of this source's shards.</summary>
    public string Folder { get; }

    /// <summary>Bytes of its files.</summary>
    public long Size => Directory.GetFiles(Folder).Sum(file => new FileInfo(file).Length);

    /// <exception cref="RetortException">A shard is damaged.</exception>
    public static IntermediateCache Open(string folder, IntermediateSource source)
    {
        string own = Path.Combine(folder, source.Fingerprint), facts = Path.Combine(own, "source.json");
        if (!File.Exists(facts))
            AtomicFile.WriteText(facts, source.ToJson());
        var cache = new IntermediateCache(own, source);
        try
        {
            while (File.Exists(IntermediateShard.IndexOf(cache.Next)))
                cache.Register();
            return cache;
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    public bool Contains(string text) => _places.TryFind(SignalKey.Of(text), out _);

    /// <summary>Writes the next shard.</summary>
    /// <param name="texts">New texts, each once.</param>
    /// <param name="signals">Theirs.</param>
    public void Append(IReadOnlyList<string> texts, IReadOnlyList<IntermediateSignal> signals)
    {
        IntermediateShard.Write(Next, Source, [.. texts.Select(SignalKey.Of)], signals);
        Register();
    }

    /// <exception cref="RetortException">It does not know the text.</exception>
    public IntermediateSignal Read(string text) => _places.TryFind(SignalKey.Of(text), out (int Shard, int Row) place)
        ? _shards[place.Shard].Read(place.Row)
        : throw new RetortException($"{Folder} has no intermediate signal for '{Excerpt.Of(text)}'");

    public void Dispose()
    {
        _places.Dispose();
        _shards.ForEach(shard => shard.Dispose());
    }

    private void Register()
    {
        IntermediateShard shard = IntermediateShard.Open(Next, Source);
        _shards.Add(shard);
        _places.Add(shard.Keys);
    }

    private string Next => _places.PathOf(_places.Shards, "safetensors");
}
