using Retort.Runtime.Model;
using Retort.Students;
using Retort.Teachers.Encoders;
using Retort.Training;

namespace Retort.Assessment;

/// <summary>What work takes, from counts and measured rates; docs/assessment.md has the formulas. Pure functions.</summary>
public static class CostModel
{
    /// <summary>
    /// What an encoder reaches of the rate of a large matrix product: its products are small, and softmax, GELU and norms stand between them.
    /// Read off finished runs, roughly: docs/assessment.md.
    /// </summary>
    public const double EncoderEfficiency = 0.5;

    /// <summary>
    /// The same for the training of a student, whose activation, pooling, n-grams and optimizer take more time than its products. Read off
    /// three finished runs, roughly.
    /// </summary>
    public const double StudentEfficiency = 0.4;

    /// <summary>The share of a training's or a labelling's time that goes into the products which a precision is for; read off runs in both.</summary>
    public const double ProductShare = 0.75;

    /// <summary>What a backward pass is in forward passes.</summary>
    private const double Backward = 2;

    /// <summary>The rate that does as well as float32's would.</summary>
    /// <param name="precision">Of the products.</param>
    /// <param name="gigaflops">Of float32.</param>
    /// <param name="speedup">Of bfloat16's products.</param>
    public static double RateIn(Precision precision, double gigaflops, double speedup) =>
        precision == Precision.F32 ? gigaflops : gigaflops / (1 - ProductShare + ProductShare / speedup);

    /// <summary>Multiplications and additions of one text's way through an encoder.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="tokens">The text's, [CLS] and [SEP] included.</param>
    public static double EncoderFlops(EncoderConfig config, int tokens)
    {
        double n = tokens, h = config.Hidden, products = 4 * h * h + 2 * h * config.Intermediate;
        return config.Layers * (2 * n * products + 4 * n * n * h);
    }

    /// <summary>Seconds to fine-tune an encoder.</summary>
    /// <param name="flopsOfTrain">Of all texts of train, forward.</param>
    /// <param name="flopsOfDev">Of dev, forward.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="looks">Looks at dev in all.</param>
    /// <param name="learning">The share of its layers that learn: the others have no backward pass.</param>
    /// <param name="gigaflops">The machine's rate.</param>
    public static double TeachSeconds(double flopsOfTrain, double flopsOfDev, int epochs, int looks, double learning, double gigaflops) =>
        ((1 + Backward * learning) * epochs * flopsOfTrain + looks * flopsOfDev) / (1e9 * gigaflops * EncoderEfficiency);

    /// <summary>Seconds to label texts.</summary>
    public static double LabelSeconds(double flops, double gigaflops) => flops / (1e9 * gigaflops * EncoderEfficiency);

    /// <summary>Multiplications and additions of one text's way through a student that is not folded yet: those of its convolutions, beside which the rest is little.</summary>
    /// <param name="student">Its shape.</param>
    /// <param name="tokens">The text's.</param>
    public static double StudentFlops(StudentOptions student, double tokens) =>
        2 * tokens * student.Windows.Sum() * student.EmbeddingWidth * student.Filters * (student.Activation == Activation.Gated ? 2 : 1);

    /// <summary>Seconds of one student's training. Texts of like length share a batch, so that padding does not count.</summary>
    /// <param name="flopsOfText">Of the mean text, forward.</param>
    /// <param name="texts">It learns from.</param>
    /// <param name="devTexts">It is looked at on.</param>
    /// <param name="epochs">Passes.</param>
    /// <param name="looksPerEpoch">Looks at dev.</param>
    /// <param name="gigaflops">The machine's rate.</param>
    public static double DistillSeconds(double flopsOfText, long texts, long devTexts, int epochs, int looksPerEpoch, double gigaflops) =>
        epochs * flopsOfText * ((1 + Backward) * texts + (double)looksPerEpoch * devTexts) / (1e9 * gigaflops * StudentEfficiency);

    /// <summary>Table rows that a student adds for one text: each token's, once for each place in each window.</summary>
    public static long RowAdditions(IReadOnlyList<int> windows, int tokens) => (long)tokens * windows.Sum();
}
