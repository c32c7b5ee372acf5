namespace Retort.Metrics;

/// <summary>Logits to probabilities, in double precision and without overflow.</summary>
public static class Probability
{
    /// <summary>log softmax(logits / temperature) into <paramref name="result"/>: (classes).</summary>
    public static void LogSoftmax(ReadOnlySpan<float> logits, double temperature, Span<double> result)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        double sum = 0;
        for (int k = 0; k < logits.Length; k++)
        {
            result[k] = (logits[k] - largest) / temperature;
            sum += Math.Exp(result[k]);
        }
        double shift = Math.Log(sum);
        for (int k = 0; k < logits.Length; k++)
            result[k] -= shift;
    }

    /// <summary>(classes) softmax(logits).</summary>
    public static double[] Softmax(ReadOnlySpan<float> logits)
    {
        double[] p = new double[logits.Length];
        LogSoftmax(logits, 1, p);
        return Array.ConvertAll(p, Math.Exp);
    }

    public static double Sigmoid(double x) => Math.Exp(LogSigmoid(x));

    /// <summary>log σ(x) = −log(1 + e⁻ˣ).</summary>
    public static double LogSigmoid(double x) => Math.Min(x, 0) - LogOnePlus(Math.Exp(-Math.Abs(x)));

    // Math has no log1p. Near 0, log(1 + y) loses the digits that 1 + y rounds away; Goldberg (1991, theorem 4) gives
    // them back by the factor y / ((1 + y) − 1).
    private static double LogOnePlus(double y)
    {
        double sum = 1 + y;
        return sum == 1 ? y : Math.Log(sum) * y / (sum - 1);
    }
}
