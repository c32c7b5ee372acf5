using System.Globalization;
using Retort.Runs;

namespace Retort.Signals;

/// <summary>In which shard of a cache, and in which row of it, each text stands. While it is open, a temporary file in the cache's folder holds it.</summary>
/// <param name="folder">The cache's.</param>
internal sealed class ShardPlaces(string folder) : IDisposable
{
    private readonly KeyTable _places = new(folder);

    /// <summary>How many texts there are.</summary>
    public int Count => _places.Count;

    /// <summary>How many shards there are.</summary>
    public int Shards { get; private set; }

    /// <summary>The file of a shard.</summary>
    /// <param name="shard">Its number.</param>
    /// <param name="extension">Without a dot.</param>
    public string PathOf(int shard, string extension) =>
        Path.Combine(folder, $"shard-{shard.ToString("00000", CultureInfo.InvariantCulture)}.{extension}");

    /// <summary>Adds the next shard.</summary>
    /// <param name="keys">Its texts, in the order of its rows.</param>
    public void Add(SignalKey[] keys)
    {
        for (int row = 0; row < keys.Length; row++)
            _places.Put(keys[row].Value, (long)Shards << 32 | (uint)row);
        Shards++;
    }

    public bool TryFind(SignalKey key, out (int Shard, int Row) place)
    {
        bool found = _places.TryGet(key.Value, out long value);
        place = ((int)(value >> 32), (int)value);
        return found;
    }

    public void Dispose() => _places.Dispose();
}
