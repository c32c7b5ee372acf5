namespace Retort.Tests;

/// <summary>Every tolerance of a numerical comparison, with its reason.</summary>
internal static class Tolerances
{
    /// <summary>Float32 sums of up to 3,072 products in 12 layers against float64, on states of size about 1.</summary>
    public const double BertStates = 2e-4;

    /// <summary>
    /// Float32 sums of up to 32 products in 2 to 8 layers of the tiny DistilBERT, RoBERTa and ALBERT against float64, on states of
    /// size about 1 and logits of up to 3. The largest seen is 7e-7.
    /// </summary>
    public const double TinyEncoderStates = 1e-5;

    /// <summary>
    /// The loss on dev of one training of a student of odd widths in two processes, 300 steps apart from the same weights: rows of such
    /// matrices begin at other offsets of a cache line, which changes the order of libtorch's sums. The largest seen is about 1e-9.
    /// </summary>
    public const double LossOfOtherProcess = 1e-6;

    /// <summary>Weights rounded to 11 bits, against figures printed to five digits.</summary>
    public const double HalfPrecisionEmbedding = 1e-3;

    /// <summary>The same float32 arithmetic in another order, as other batches bring it, on logits of size about 1.</summary>
    public const double SameArithmeticOtherOrder = 1e-5;

    /// <summary>A tiny BERT in ONNX Runtime against libtorch, also through the logarithm of a float32 softmax.</summary>
    public const double OtherLibrary = 1e-4;

    /// <summary>A student's logit through folded tables, in another order of additions: single precision rounding.</summary>
    public const double FoldedLogit = 1e-5;

    /// <summary>
    /// A logit of the small students of the tests with 8-bit tables: half a step of 1/127 in each of a few entries and in the
    /// gate's formula, averaged by the classifier. The largest seen lies between 0.001 and 0.002.
    /// </summary>
    public const double QuantizedLogit = 0.004;

    /// <summary>Products of bfloat16: a rounding to 8 bits, at most 1/256 of each factor and of the result, of inputs whose errors mostly cancel.</summary>
    public const double Bfloat16 = 0.01;

    /// <summary>A cosine of states of a few numbers in float32 against float64: a few roundings of 6e-8.</summary>
    public const double Cosine = 1e-6;
}
