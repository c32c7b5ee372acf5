namespace Retort.Metrics;

/// <summary>One bin of a reliability diagram.</summary>
/// <param name="Low">Confidences above this …</param>
/// <param name="High">… up to and including this fall in the bin; the first bin holds 0 too.</param>
/// <param name="Count">Texts in the bin.</param>
/// <param name="Confidence">Their mean confidence; 0 in an empty bin.</param>
/// <param name="Accuracy">The share of them that is right; 0 in an empty bin.</param>
public sealed record ReliabilityBin(double Low, double High, int Count, double Confidence, double Accuracy);

/// <summary>
/// Whether a classifier is as sure as it should be. The expected calibration error is that of Guo et al. 2017
/// (arXiv:1706.04599): 15 bins of equal width, mean of |accuracy − confidence| weighted by the bins' texts.
/// </summary>
public static class Calibration
{
    public const int Bins = 15;

    /// <summary>The expected calibration error of the class that is given (top label).</summary>
    /// <exception cref="ArgumentException">
    /// No rows, lists of unlike length, a label out of range, or a temperature that is not above 0.
    /// </exception>
    public static double ExpectedError(LogitTable logits, IReadOnlyList<int> labels, double temperature = 1) =>
        ExpectedError(Reliability(logits, labels, temperature));

    /// <summary>The mean of |accuracy − confidence| over bins, weighted by their counts.</summary>
    public static double ExpectedError(IReadOnlyList<ReliabilityBin> bins) =>
        bins.Sum(bin => bin.Count * Math.Abs(bin.Accuracy - bin.Confidence)) / bins.Sum(bin => bin.Count);

    /// <summary>The bins of the top label's probability at a temperature.</summary>
    /// <inheritdoc cref="ExpectedError(LogitTable, IReadOnlyList{int}, double)" path="/exception"/>
    public static ReliabilityBin[] Reliability(LogitTable logits, IReadOnlyList<int> labels, double temperature = 1)
    {
        Require.Labels(logits, labels);
        Require.Temperature(temperature);
        double[] row = new double[logits.Classes];
        var bins = new BinSums();
        for (int i = 0; i < labels.Count; i++)
        {
            int top = logits.ArgMax(i);
            Probability.LogSoftmax(logits.Row(i), temperature, row);
            bins.Add(Math.Exp(row[top]), top == labels[i] ? 1 : 0);
        }
        return bins.ToBins();
    }

    /// <summary>Collects confidences and outcomes bin by bin.</summary>
    internal sealed class BinSums
    {
        private readonly int[] _counts = new int[Bins];
        private readonly double[] _confidence = new double[Bins];
        private readonly double[] _outcome = new double[Bins];

        public void Add(double confidence, double outcome)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidence * Bins) - 1, 0, Bins - 1);
            _counts[bin]++;
            _confidence[bin] += confidence;
            _outcome[bin] += outcome;
        }

        public ReliabilityBin[] ToBins() => Enumerable.Range(0, Bins).Select(k => new ReliabilityBin(
            (double)k / Bins, (k + 1.0) / Bins, _counts[k],
            _confidence[k] / Math.Max(1, _counts[k]), _outcome[k] / Math.Max(1, _counts[k]))).ToArray();
    }
}
