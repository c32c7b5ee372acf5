using System.Globalization;
using Retort.Runs;

namespace Retort.Signals.Intermediate;

/// <summary>
/// Intermediate signals on disk, found by text, memory-mapped: <c>FOLDER/FINGERPRINT/source.json</c>, <c>shard-00000.safetensors</c> and
/// <c>shard-00000.parquet</c> … Another teacher, other layers or another precision have another folder.
/// </summary>
public sealed class IntermediateCache : IDisposable
{
    private readonly string _folder;
    private readonly KeyTable _places;
    private readonly List<IntermediateShard> _shards = [];

    private IntermediateCache(string folder, IntermediateSource source) => (_folder, Source, _places) = (folder, source, new KeyTable(folder));

    public IntermediateSource Source { get; }

    /// <summary>How many texts it knows.</summary>
    public int Count => _places.Count;

    /// <summary>The folder of this source's shards.</summary>
    public string Folder => _folder;

    /// <exception cref="RetortException">A shard is damaged.</exception>
    public static IntermediateCache Open(string folder, IntermediateSource source)
    {
        string own = Path.Combine(folder, source.Fingerprint), facts = Path.Combine(own, "source.json");
        if (!File.Exists(facts))
            AtomicFile.WriteText(facts, source.ToJson());
        var cache = new IntermediateCache(own, source);
        try
        {
            while (File.Exists(IntermediateShard.IndexOf(cache.PathOf(cache._shards.Count))))
                cache.Register();
            return cache;
        }
        catch
        {
            cache.Dispose();
            throw;
        }
    }

    public bool Contains(string text) => _places.TryGet(SignalKey.Of(text).Value, out _);

    /// <summary>Writes the next shard.</summary>
    /// <param name="texts">New texts, each once.</param>
    /// <param name="signals">Theirs.</param>
    public void Append(IReadOnlyList<string> texts, IReadOnlyList<IntermediateSignal> signals)
    {
        IntermediateShard.Write(PathOf(_shards.Count), Source, [.. texts.Select(SignalKey.Of)], signals);
        Register();
    }

    /// <exception cref="RetortException">It does not know the text.</exception>
    public IntermediateSignal Read(string text) => _places.TryGet(SignalKey.Of(text).Value, out long place)
        ? _shards[(int)(place >> 32)].Read((int)place)
        : throw new RetortException($"{_folder} has no intermediate signal for '{text[..Math.Min(60, text.Length)]}'");

    public void Dispose()
    {
        _places.Dispose();
        _shards.ForEach(shard => shard.Dispose());
    }

    private void Register()
    {
        IntermediateShard shard = IntermediateShard.Open(PathOf(_shards.Count), Source);
        for (int row = 0; row < shard.Keys.Length; row++)
            _places.Put(shard.Keys[row].Value, (long)_shards.Count << 32 | (uint)row);
        _shards.Add(shard);
    }

    private string PathOf(int shard) => Path.Combine(_folder, $"shard-{shard.ToString("00000", CultureInfo.InvariantCulture)}.safetensors");
}
