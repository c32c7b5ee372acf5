namespace Retort.Onnx;

/// <summary>How far an exported model's logits are from its source's.</summary>
/// <param name="Texts">Texts that were compared.</param>
/// <param name="LargestDifference">The largest of |exported − source| / max(1, |source|) over all logits; NaN where one is.</param>
/// <param name="Worst">The text in which it stands.</param>
public sealed record Parity(int Texts, double LargestDifference, int Worst)
{
    // Texts of a batch are as they come, short beside long: masking is part of what is compared.
    private const int BatchTexts = 16;

    /// <summary>Runs the exported model on texts, in padded batches.</summary>
    /// <param name="model">The exported model.</param>
    /// <param name="texts">Token ids.</param>
    /// <param name="source">The source's logits: (texts × classes), row by row.</param>
    /// <param name="done">Told after each batch how many texts are done.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public static Parity Measure(OnnxClassifier model, IReadOnlyList<int[]> texts, ReadOnlyMemory<float> source,
        Action<int>? done = null, CancellationToken cancellation = default)
    {
        int classes = source.Length / texts.Count;
        var parity = new Parity(texts.Count, 0, 0);
        for (int start = 0; start < texts.Count; start += BatchTexts)
        {
            cancellation.ThrowIfCancellationRequested();
            int[][] batch = texts.Skip(start).Take(BatchTexts).ToArray();
            ReadOnlySpan<float> exported = model.Logits(batch), expected = source.Span.Slice(start * classes, batch.Length * classes);
            for (int k = 0; k < expected.Length; k++)
            {
                double difference = Math.Abs(exported[k] - expected[k]) / Math.Max(1, Math.Abs(expected[k]));
                if (!(difference <= parity.LargestDifference))
                    parity = parity with { LargestDifference = difference, Worst = start + k / classes };
                if (double.IsNaN(difference))
                    return parity;
            }
            done?.Invoke(start + batch.Length);
        }
        return parity;
    }
}
