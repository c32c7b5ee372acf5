using System.Globalization;
using Retort.Runs;

namespace Retort.Tuning.Space;

/// <summary>One key of the recipe and the values that it may take: those of a list, or a range.</summary>
/// <param name="Key">The dotted key.</param>
public sealed record Parameter(string Key)
{
    /// <summary>The values of a list, as a recipe would hold them; empty: a range.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The ends of a range, both of which belong to it.</summary>
    public double Low { get; init; }

    public double High { get; init; }

    /// <summary>Whether only whole numbers belong to the range.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Whether the logarithm is drawn evenly, and not the number.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Another key, which is 1 less the value; null: none.</summary>
    public string? Complement { get; init; }

    /// <summary>How many values there are; null: too many to count, a range of real numbers.</summary>
    public long? Count => Values.Count > 0 ? Values.Count : IsWhole ? (long)High - (long)Low + 1 : null;

    /// <summary>Value number <paramref name="index"/> of a list or of whole numbers.</summary>
    public string Value(long index) => Values.Count > 0 ? Values[(int)index] : Text((long)Low + index);

    /// <summary>A value at random.</summary>
    internal string Draw(SeededRandom random) => Values.Count > 0 ? Values[random.Below(Values.Count)] : At(random.Share());

    /// <summary>The value of a range at a place in it.</summary>
    /// <param name="place">From 0 to 1.</param>
    internal string At(double place)
    {
        double scaled = Start + place * (End - Start), value = IsLogarithmic ? Math.Exp(scaled) : scaled;
        // Four digits tell any two trials apart, and people can read them.
        return IsWhole ? Text(Math.Clamp(Math.Round(value), Low, High))
            : Text(Math.Clamp(double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), Low, High));
    }

    /// <summary>The place of a value in its range, from 0 to 1.</summary>
    internal double PlaceOf(string value) => (Scaled(double.Parse(value, CultureInfo.InvariantCulture)) - Start) / (End - Start);

    // The ends of whole numbers are as likely as those between.
    private double Start => Scaled(IsWhole ? Low - 0.5 : Low);

    private double End => Scaled(IsWhole ? High + 0.5 : High);

    private double Scaled(double number) => IsLogarithmic ? Math.Log(number) : number;

    /// <summary>The values that are tried before anything runs: all of a list, the ends of a range.</summary>
    internal IEnumerable<string> Samples => Values.Count > 0 ? Values : [Text(Low), Text(High)];

    /// <summary>What a value sets.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Changes(string value)
    {
        yield return new(Key, value);
        if (Complement is not null)
            yield return new(Complement, Text(Math.Round(1 - double.Parse(value, CultureInfo.InvariantCulture), 6)));
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
