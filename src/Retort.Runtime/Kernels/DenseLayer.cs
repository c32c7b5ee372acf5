using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// A linear layer in single precision with one stated order: 16 partial sums, lane l of products l, l + 16, …; then lane l
/// takes lane l + 8, l + 4, l + 2, l + 1; then the bias. No FMA. Immutable and thread-safe.
/// </summary>
internal sealed unsafe class DenseLayer
{
    /// <summary>Inputs are padded with zeros to a multiple of this.</summary>
    public const int Lanes = 16;

    private const int RowsAtOnce = 4, RowsOfAPair = 2;

    private readonly float[] _weights, _biases;
    private readonly int _width;

    /// <param name="weights">(outputs, inputs)</param>
    /// <param name="biases">(outputs)</param>
    public DenseLayer(float[] weights, float[] biases)
    {
        Outputs = biases.Length;
        Inputs = weights.Length / Outputs;
        (_width, _biases) = (Padded(Inputs), biases);
        // Rows are taken by fours, the last two by themselves: those that are wanting are zeros.
        _weights = new float[checked((Outputs + RowsAtOnce - 1) / RowsAtOnce * RowsAtOnce * _width)];
        for (int row = 0; row < Outputs; row++)
            weights.AsSpan(row * Inputs, Inputs).CopyTo(_weights.AsSpan(row * _width));
    }

    /// <summary>Reads NAME.weight and NAME.bias.</summary>
    public static DenseLayer Read(StudentFiles files, string name) =>
        new(files.ReadWeights($"{name}.weight"), files.ReadWeights($"{name}.bias"));

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>A width in whole lanes.</summary>
    public static int Padded(int width) => (width + Lanes - 1) / Lanes * Lanes;

    /// <summary>The weight of an input in an output.</summary>
    public float Weight(int output, int input) => _weights[output * _width + input];

    public float Bias(int output) => _biases[output];

    /// <param name="inputs">(inputs, padded with zeros)</param>
    /// <param name="outputs">(outputs)</param>
    public void Apply(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        Span<float> sums = stackalloc float[RowsAtOnce];
        fixed (float* input = inputs[.._width], weights = _weights)
        {
            int row = 0;
            for (; row < Outputs - RowsOfAPair; row += RowsAtOnce)
            {
                SumFour(input, weights + (nint)row * _width, _width, sums);
                Finish(sums, row, outputs);
            }
            if (row < Outputs)
            {
                SumPair(input, weights + (nint)row * _width, _width, sums);
                Finish(sums[..RowsOfAPair], row, outputs);
            }
        }
    }

    private void Finish(ReadOnlySpan<float> sums, int row, Span<float> outputs)
    {
        for (int k = 0; k < Math.Min(sums.Length, Outputs - row); k++)
            outputs[row + k] = sums[k] + _biases[row + k];
    }

    private static void SumFour(float* input, float* weights, nint width, Span<float> sums)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        float* a = weights, b = a + width, c = b + width, d = c + width;
        for (nint k = 0; k < width; k += Lanes)
        {
            Vector256<float> x0 = Vector256.Load(input + k), x1 = Vector256.Load(input + k + Lanes / 2);
            a0 += x0 * Vector256.Load(a + k);
            a1 += x1 * Vector256.Load(a + k + Lanes / 2);
            b0 += x0 * Vector256.Load(b + k);
            b1 += x1 * Vector256.Load(b + k + Lanes / 2);
            c0 += x0 * Vector256.Load(c + k);
            c1 += x1 * Vector256.Load(c + k + Lanes / 2);
            d0 += x0 * Vector256.Load(d + k);
            d1 += x1 * Vector256.Load(d + k + Lanes / 2);
        }
        sums[0] = Reduce(a0 + a1);
        sums[1] = Reduce(b0 + b1);
        sums[2] = Reduce(c0 + c1);
        sums[3] = Reduce(d0 + d1);
    }

    private static void SumPair(float* input, float* weights, nint width, Span<float> sums)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
        float* a = weights, b = a + width;
        for (nint k = 0; k < width; k += Lanes)
        {
            Vector256<float> x0 = Vector256.Load(input + k), x1 = Vector256.Load(input + k + Lanes / 2);
            a0 += x0 * Vector256.Load(a + k);
            a1 += x1 * Vector256.Load(a + k + Lanes / 2);
            b0 += x0 * Vector256.Load(b + k);
            b1 += x1 * Vector256.Load(b + k + Lanes / 2);
        }
        sums[0] = Reduce(a0 + a1);
        sums[1] = Reduce(b0 + b1);
    }

    // Inlined: sums that live across a call would go through memory in every step of the loop.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reduce(Vector256<float> sums)
    {
        Vector128<float> four = sums.GetLower() + sums.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
