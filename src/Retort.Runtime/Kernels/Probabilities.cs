namespace Retort.Runtime.Kernels;

/// <summary>From logits to probabilities, in place, at a temperature.</summary>
internal static class Probabilities
{
    /// <summary>Classes that exclude each other.</summary>
    public static void Softmax(Span<float> logits, float temperature)
    {
        float most = float.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            most = Math.Max(most, logit);
        foreach (ref float value in logits)
            sum += value = MathF.Exp((value - most) / temperature);
        foreach (ref float value in logits)
            value /= sum;
    }

    /// <summary>Classes each for itself.</summary>
    public static void Sigmoid(Span<float> logits, float temperature)
    {
        foreach (ref float value in logits)
            value = 1 / (1 + MathF.Exp(-value / temperature));
    }
}
