using System.Globalization;

namespace Retort.Fractionation;

/// <summary>What an adaptive fraction went by.</summary>
/// <param name="Agreement">The best agreement with the teacher on dev since the choice before.</param>
/// <param name="BestBefore">The best of all earlier ones; null: it was the first.</param>
/// <param name="ShareBefore">The fraction of the choice before.</param>
public sealed record AdaptiveReason(double Agreement, double? BestBefore, double ShareBefore)
{
    /// <summary>In words.</summary>
    /// <param name="share">The fraction that was chosen.</param>
    internal string Text(double share)
    {
        // At its bounds it stays where it is.
        string change = share < ShareBefore ? "fewer" : share > ShareBefore ? "more" : "as many";
        return string.Create(CultureInfo.InvariantCulture, $"agreement {Agreement:0.0000} on dev, ")
            + (BestBefore is { } best ? string.Create(CultureInfo.InvariantCulture, $"best before {best:0.0000}") : "the first") + $": {change}";
    }
}
