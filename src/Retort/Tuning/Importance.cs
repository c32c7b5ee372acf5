using System.Globalization;
using Retort.Reports;

namespace Retort.Tuning;

/// <summary>How much of what trials differ in goes with one key.</summary>
/// <param name="Key">The dotted key.</param>
/// <param name="Share">
/// Share of the variance of the scores that the means at each value of the key account for (η², the sum of squares between values over the total); 0 to 1. Shares of
/// keys need not add up to 1: keys act together, and chance between trainings is in it, too.
/// </param>
/// <param name="Values">How many values, or parts of a range, were told apart.</param>
public sealed record Importance(string Key, double Share, int Values) : KeyShare(Key, Share)
{
    /// <summary>Numbers with more values than this are cut into as many parts with equally many trials.</summary>
    private const int Parts = 5;

    /// <param name="key">The key.</param>
    /// <param name="trials">The value of the key and the score of each trial.</param>
    /// <returns>Null where the trials do not differ in the key, or not in the score, or each has a value of its own.</returns>
    public static Importance? Of(string key, IReadOnlyList<(string Value, double Score)> trials)
    {
        double[][] groups = [.. Groups(trials).Where(group => group.Length > 0)];
        if (groups.Length < 2 || groups.Length == trials.Count)
            return null;
        double mean = trials.Average(trial => trial.Score), total = trials.Sum(trial => Square(trial.Score - mean));
        return total == 0 ? null : new Importance(key, groups.Sum(group => group.Length * Square(group.Average() - mean)) / total, groups.Length);
    }

    private static IEnumerable<double[]> Groups(IReadOnlyList<(string Value, double Score)> trials)
    {
        IGrouping<string, (string Value, double Score)>[] byValue = [.. trials.GroupBy(trial => trial.Value, StringComparer.Ordinal)];
        bool isNumber = trials.All(trial => double.TryParse(trial.Value, CultureInfo.InvariantCulture, out _));
        if (byValue.Length <= Parts || !isNumber)
            return byValue.Select(group => group.Select(trial => trial.Score).ToArray());
        double[] scores = [.. trials.OrderBy(trial => double.Parse(trial.Value, CultureInfo.InvariantCulture)).Select(trial => trial.Score)];
        return Enumerable.Range(0, Parts).Select(part => scores[(part * scores.Length / Parts)..((part + 1) * scores.Length / Parts)]);
    }

    private static double Square(double number) => number * number;
}
