namespace Retort.Cascades;

/// <summary>Which texts belong to no class, by how sure the student is of them.</summary>
public static class Rejection
{
    /// <summary>The highest threshold below which no more than a share of dev's texts lie.</summary>
    /// <param name="confidence">The student's on dev, at least one.</param>
    /// <param name="most">The share.</param>
    public static double Threshold(IReadOnlyList<double> confidence, double most)
    {
        double[] rising = [.. confidence.Order()];
        return rising[Math.Min((int)(most * rising.Length), rising.Length - 1)];
    }

    /// <summary>The share of texts that are rejected.</summary>
    public static double Share(IReadOnlyList<double> confidence, double threshold) => confidence.Count(one => one < threshold) / (double)confidence.Count;

    /// <summary>
    /// How likely the student is surer of a text that belongs to a class than of one that belongs to none, ties counted as halves: the area under the curve of
    /// found over wrongly rejected texts.
    /// </summary>
    /// <param name="within">The student's confidence of texts that belong to a class, at least one.</param>
    /// <param name="outside">Of texts that belong to none, at least one.</param>
    public static double AreaUnderCurve(IReadOnlyList<double> within, IReadOnlyList<double> outside)
    {
        double[] rising = [.. outside.Order()];
        double sum = 0;
        foreach (double confidence in within)
            sum += (Below(rising, confidence, orEqual: false) + Below(rising, confidence, orEqual: true)) / 2.0;
        return sum / ((double)within.Count * outside.Count);
    }

    private static int Below(double[] rising, double value, bool orEqual)
    {
        int low = 0, high = rising.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = rising[middle] < value || orEqual && rising[middle] == value ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
