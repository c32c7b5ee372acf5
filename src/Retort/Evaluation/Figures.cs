using System.Globalization;
using Retort.Metrics;

namespace Retort.Evaluation;

/// <summary>Figures as tables show them.</summary>
internal static class Figures
{
    /// <summary>What stands where a figure does not apply.</summary>
    public const string None = "–";

    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB"];

    public static string Share(double? value) => value is { } share ? Invariant($"{share:0.0000}") : None;

    /// <summary>The mean, with the deviation where there are several values.</summary>
    public static string Share(Spread? spread) => spread switch
    {
        null => None,
        { Count: 1 } => Share(spread.Mean),
        _ => Invariant($"{spread.Mean:0.0000} ± {spread.Deviation:0.0000}"),
    };

    /// <summary>A spread of the values that are there; null where none is.</summary>
    public static Spread? SpreadOf(IEnumerable<double?> values)
    {
        double[] there = values.OfType<double>().ToArray();
        return there.Length == 0 ? null : Spread.Of(there);
    }

    /// <summary>Three digits or more: 0.512, 5.12, 51.2, 512, 5,120.</summary>
    public static string Number(double? value) => value switch
    {
        null => None,
        { } number when Math.Abs(number) < 1 => Invariant($"{number:0.000}"),
        { } number when Math.Abs(number) < 10 => Invariant($"{number:0.00}"),
        { } number when Math.Abs(number) < 100 => Invariant($"{number:0.0}"),
        { } number => Invariant($"{number:#,0}"),
    };

    /// <summary>A whole number: 5,120.</summary>
    public static string Count(long count) => Invariant($"{count:#,0}");

    /// <summary>In powers of 1000: 22.9 MB.</summary>
    public static string Bytes(double? bytes)
    {
        if (bytes is not { } left)
            return None;
        int unit = 0;
        for (; left >= 999.5 && unit < ByteUnits.Length - 1; unit++)
            left /= 1000;
        return unit == 0 ? Invariant($"{left:0} B") : $"{Number(left)} {ByteUnits[unit]}";
    }

    /// <summary>A moment in UTC, to the minute.</summary>
    public static string Moment(DateTimeOffset moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string PValue(double? p) => p switch
    {
        null => None,
        < 0.0001 => "< 0.0001",
        { } value => Invariant($"{value:0.0000}"),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
