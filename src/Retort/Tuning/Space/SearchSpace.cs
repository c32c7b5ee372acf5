using System.Numerics;
using Retort.Runs;

namespace Retort.Tuning.Space;

/// <summary>All that a study may try. A point is what it changes in the recipe: values by dotted key.</summary>
/// <param name="Parameters">What varies; none: nothing does.</param>
public sealed record SearchSpace(IReadOnlyList<Parameter> Parameters)
{
    /// <summary>What every point of the space changes beside.</summary>
    public IReadOnlyDictionary<string, string> Fixed { get; init; } = new SortedDictionary<string, string>();

    /// <summary>Points that are tried beside those of the space.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Beside { get; init; } = [];

    /// <summary>How many points there are, without going through them; null: a range of real numbers has no end of them.</summary>
    internal BigInteger? Count => Parameters.Any(parameter => parameter.Count is null) ? null
        : Parameters.Aggregate(BigInteger.One, (product, parameter) => product * parameter.Count!.Value);

    /// <summary>Point number <paramref name="index"/>, the last parameter changing fastest.</summary>
    internal SortedDictionary<string, string> Point(BigInteger index)
    {
        string[] values = new string[Parameters.Count];
        for (int k = Parameters.Count - 1; k >= 0; k--)
        {
            long count = Parameters[k].Count!.Value;
            values[k] = Parameters[k].Value((long)(index % count));
            index /= count;
        }
        return Point(values);
    }

    /// <summary>A point at random.</summary>
    internal SortedDictionary<string, string> Draw(SeededRandom random) => Point([.. Parameters.Select(parameter => parameter.Draw(random))]);

    /// <param name="values">One a parameter.</param>
    internal SortedDictionary<string, string> Point(IReadOnlyList<string> values)
    {
        var point = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in Fixed.Concat(Parameters.SelectMany((parameter, k) => parameter.Changes(values[k]))))
            point[key] = value;
        return point;
    }
}
