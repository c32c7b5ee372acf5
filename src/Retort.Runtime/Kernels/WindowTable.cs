using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// What a kernel must know of one window: where its entries stand in a token's row, and the integers that turn sums of
/// entries into activations. A token's row holds, for each offset of the window, the values of all channels and then, where
/// the window is gated, the gates; channels are padded with zeros to whole blocks. Immutable.
/// </summary>
internal sealed class WindowTable
{
    private const int MostGateBits = 14;

    /// <param name="shape">The student's.</param>
    /// <param name="index">Which of its windows.</param>
    /// <param name="offset">First byte of the window in a row.</param>
    /// <param name="channels">Channels of values or gates in a row, padded to whole blocks.</param>
    /// <param name="scales">(raw channels) what a step of an entry is worth.</param>
    /// <param name="biases">(raw channels).</param>
    /// <param name="kernel">Whose order <see cref="Arranged"/> has.</param>
    /// <exception cref="InvalidDataException">A bias and the largest entries do not fit 16 bits.</exception>
    public WindowTable(StudentShape shape, int index, int offset, int channels, ReadOnlySpan<float> scales, ReadOnlySpan<float> biases,
        ConvolutionKernel kernel)
    {
        (Index, Window, Filters, Channels, Offset) = (index, shape.Windows[index], shape.Filters[index], channels, offset);
        IsGated = shape.Activation == Activation.Gated;
        Stride = IsGated ? 2 * Channels : Channels;
        (ValueBias, int valueBound) = Quantize(scales[..Filters], biases[..Filters]);
        Steps = scales[..Filters].ToArray();
        if (IsGated)
        {
            ValueShift = Room(valueBound);
            foreach (ref float step in Steps.AsSpan())
                step /= 1 << ValueShift; // exact: a power of two
            (GateBias, int gateBound) = Quantize(scales[Filters..], biases[Filters..]);
            GateShift = Room(gateBound);
            (GateFactor, GateBits) = GateFactors(scales[Filters..]);
        }
        Arranged = (Arrange(ValueBias, kernel), Arrange(GateBias, kernel), Arrange(GateFactor, kernel));
    }

    /// <summary>Which of the student's windows it is.</summary>
    public int Index { get; }

    /// <summary>Width in tokens.</summary>
    public int Window { get; }

    /// <summary>Entries have at most this many steps.</summary>
    public int LargestEntry => StudentShape.LargestEntry(Window);

    /// <summary>Tokens before the position that the window stands at.</summary>
    public int Left => (Window - 1) / 2;

    /// <summary>Channels after the activation.</summary>
    public int Filters { get; }

    /// <summary>The same, padded to whole blocks.</summary>
    public int Channels { get; }

    public bool IsGated { get; }

    /// <summary>First byte of the window in a token's row.</summary>
    public int Offset { get; }

    /// <summary>Bytes of one offset of the window: values, then gates.</summary>
    public int Stride { get; }

    /// <summary>(channels) the biases in steps.</summary>
    public short[] ValueBias { get; }

    /// <summary>(channels) the gates' biases in steps; empty without gates.</summary>
    public short[] GateBias { get; } = [];

    /// <summary>A gated value is shifted left by this, to keep digits in the product with its gate.</summary>
    public int ValueShift { get; }

    /// <summary>A gate's sum is shifted left by this before it is multiplied by its factor.</summary>
    public int GateShift { get; }

    /// <summary>(channels) the product's upper half counts 2^-<see cref="GateBits"/> of <see cref="GateFormula.Range"/>.</summary>
    public short[] GateFactor { get; } = [];

    /// <summary>As many as the window's largest scale leaves; that of most students leaves 10 to 13.</summary>
    public int GateBits { get; }

    /// <summary>The same numbers in the order of a kernel.</summary>
    public (short[] ValueBias, short[] GateBias, short[] GateFactor) Arranged { get; }

    /// <summary>(filters) what one unit of a pooled value is worth.</summary>
    public float[] Steps { get; }

    private static short[] Arrange(short[] channels, ConvolutionKernel kernel)
    {
        short[] arranged = [.. channels];
        kernel.Arrange(arranged);
        return arranged;
    }

    private (short[] Steps, int Bound) Quantize(ReadOnlySpan<float> scales, ReadOnlySpan<float> biases)
    {
        short[] steps = new short[Channels];
        int bound = 0;
        for (int c = 0; c < scales.Length; c++)
        {
            double bias = Math.Round((double)biases[c] / scales[c]);
            if (Math.Abs(bias) > StudentShape.LargestBias(Window))
                throw new InvalidDataException($"channel {c} of window {Window}: the bias {biases[c]} is {bias} steps of the table "
                    + $"scale {scales[c]}; expected at most {StudentShape.LargestBias(Window)}: save the student again");
            steps[c] = (short)bias;
            bound = Math.Max(bound, Window * LargestEntry + (int)Math.Abs(bias));
        }
        return (steps, bound);
    }

    // How far the largest sum can be shifted within 16 bits.
    private static int Room(int bound)
    {
        int shift = 0;
        while (bound << (shift + 1) <= short.MaxValue)
            shift++;
        return shift;
    }

    private (short[] Factors, int Bits) GateFactors(ReadOnlySpan<float> scales)
    {
        double largest = 0;
        foreach (float scale in scales)
            largest = Math.Max(largest, Factor(scale, 0));
        int bits = MostGateBits;
        while (bits > 0 && largest * (1 << bits) > short.MaxValue)
            bits--;
        short[] factors = new short[Channels];
        for (int c = 0; c < scales.Length; c++)
            factors[c] = (short)Math.Min(Math.Round(Factor(scales[c], bits)), short.MaxValue);
        return (factors, bits);
    }

    private double Factor(float scale, int bits) =>
        (double)scale / GateFormula.Range * (1 << bits) * (1 << 15 - GateShift);
}
