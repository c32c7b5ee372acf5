namespace Retort.Onnx;

/// <summary>
/// The largest <see cref="Parity.LargestDifference"/> with which an F32 export is accepted. Both sides compute the same sums in
/// float32 in other orders, so the limits are rounding, with room for other processors; wrong weights, masks or activations
/// are off by 10⁻² and more.
/// </summary>
public static class ParityTolerance
{
    /// <summary>A student: one layer, sums of up to some thousand products. Seen: 1.4e-6.</summary>
    public const double Student = 1e-4;

    /// <summary>A BERT: 12 layers, each with sums of up to 3,072 products. Seen: 6.3e-5, of texts of 512 tokens.</summary>
    public const double Teacher = 1e-3;

    /// <summary>
    /// A text alone and beside others in one model, relative to max(1, |logit|). Floats are rounded in another order; what is
    /// quantized with one scale for the whole batch, or padded without a mask, is off by more. Seen: 0.007
    /// and 0.18, as medians over texts, of two int8 models.
    /// </summary>
    public const double Batching = 2e-4;
}
