using System.Text.Json;
using System.Text.Json.Serialization;

namespace Retort.Runtime.Model;

/// <summary>
/// How many filters the windows of a student have: as many each, or, where some have been pruned, a number of their own. In
/// JSON a number or a list of them. Immutable.
/// </summary>
[JsonConverter(typeof(FilterCountsJson))]
public sealed class FilterCounts : IEquatable<FilterCounts>
{
    // A single number stands for every window.
    private readonly int[] _counts;

    /// <param name="counts">One number a window.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public FilterCounts(params ReadOnlySpan<int> counts)
    {
        if (counts.IsEmpty)
            throw new ArgumentException("expected the filters of one window at least", nameof(counts));
        _counts = counts.ContainsAnyExcept(counts[0]) ? counts.ToArray() : [counts[0]];
    }

    /// <summary>As many for every window.</summary>
    public static implicit operator FilterCounts(int each) => FromInt32(each);

    /// <summary>As many for every window.</summary>
    public static FilterCounts FromInt32(int each) => new([each]);

    /// <summary>Filters of a window, by its index.</summary>
    public int this[int window] => _counts.Length == 1 ? _counts[0] : _counts[window];

    /// <summary>Whether the numbers suffice for so many windows, and are not more.</summary>
    public bool Fits(int windows) => _counts.Length == 1 || _counts.Length == windows;

    /// <summary>The numbers: one where all windows have as many.</summary>
    public ReadOnlySpan<int> Numbers => _counts;

    /// <inheritdoc/>
    public bool Equals(FilterCounts? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FilterCounts);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int count in _counts)
            hash.Add(count);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _counts);
}

/// <summary>A number, or a list of numbers.</summary>
internal sealed class FilterCountsJson : JsonConverter<FilterCounts>
{
    public override FilterCounts Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.GetInt32();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("filters is neither a number nor a list of numbers");
        var counts = new List<int>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            counts.Add(reader.GetInt32());
        if (reader.TokenType != JsonTokenType.EndArray || counts.Count == 0)
            throw new JsonException("filters is a list of something else than numbers, or an empty one");
        return new FilterCounts([.. counts]);
    }

    public override void Write(Utf8JsonWriter writer, FilterCounts value, JsonSerializerOptions options)
    {
        if (value.Numbers.Length == 1)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }
        writer.WriteStartArray();
        foreach (int count in value.Numbers)
            writer.WriteNumberValue(count);
        writer.WriteEndArray();
    }
}
