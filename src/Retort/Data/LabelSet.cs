namespace Retort.Data;

/// <summary>The class names in index order. Immutable.</summary>
public sealed class LabelSet
{
    private readonly Dictionary<string, int> _indices;

    /// <exception cref="ArgumentException">A name is empty or stands twice.</exception>
    public LabelSet(IEnumerable<string> names)
    {
        Names = names.ToArray();
        _indices = new Dictionary<string, int>(Names.Count, StringComparer.Ordinal);
        for (int k = 0; k < Names.Count; k++)
        {
            if (string.IsNullOrWhiteSpace(Names[k]))
                throw new ArgumentException($"class {k} has an empty name");
            if (!_indices.TryAdd(Names[k], k))
                throw new ArgumentException($"the class name '{Names[k]}' stands twice, at {_indices[Names[k]]} and {k}");
        }
    }

    public IReadOnlyList<string> Names { get; }

    public int Count => Names.Count;

    public string this[int index] => Names[index];

    /// <summary>The index of a name (ordinal comparison), or false.</summary>
    public bool TryGetIndex(string name, out int index) => _indices.TryGetValue(name, out index);
}
