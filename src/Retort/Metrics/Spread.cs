namespace Retort.Metrics;

/// <summary>A figure over seeds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation (n − 1); null for a single value, which has no spread.</param>
/// <param name="Count">How many values.</param>
public sealed record Spread(double Mean, double? Deviation, int Count)
{
    /// <exception cref="ArgumentException">No values, or one that is not finite.</exception>
    public static Spread Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            throw new ArgumentException("there are no values: no mean can be formed");
        for (int i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"value {i} of {values.Count} is {values[i]}; it must be finite");
        }
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new Spread(mean, values.Count == 1 ? null : Math.Sqrt(squares / (values.Count - 1)), values.Count);
    }
}
