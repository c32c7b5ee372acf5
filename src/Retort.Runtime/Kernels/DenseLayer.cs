using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// A linear layer in single precision with one stated order: 16 partial sums, lane l of products l, l + 16, …; then lane l
/// takes lane l + 8, l + 4, l + 2, l + 1; then the bias. No FMA. Immutable and thread-safe.
/// </summary>
internal sealed class DenseLayer
{
    /// <summary>Inputs are padded with zeros to a multiple of this.</summary>
    public const int Lanes = 16;

    private const int RowsAtOnce = 4;

    private readonly float[] _weights, _biases;
    private readonly int _width;

    /// <param name="weights">(outputs, inputs)</param>
    /// <param name="biases">(outputs)</param>
    public DenseLayer(float[] weights, float[] biases)
    {
        Outputs = biases.Length;
        Inputs = weights.Length / Outputs;
        (_width, _biases) = (Padded(Inputs), biases);
        // Rows are taken by fours: those that are wanting are zeros.
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
        ref float input = ref MemoryMarshal.GetReference(inputs[.._width]);
        Span<float> sums = stackalloc float[RowsAtOnce];
        for (int row = 0; row < Outputs; row += RowsAtOnce)
        {
            SumRows(ref input, ref _weights[row * _width], sums);
            for (int k = 0; k < Math.Min(RowsAtOnce, Outputs - row); k++)
                outputs[row + k] = sums[k] + _biases[row + k];
        }
    }

    private void SumRows(ref float input, ref float weight, Span<float> sums)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        nuint width = (nuint)_width;
        for (nuint k = 0; k < width; k += Lanes)
        {
            Vector256<float> x0 = Vector256.LoadUnsafe(ref input, k), x1 = Vector256.LoadUnsafe(ref input, k + Lanes / 2);
            a0 += x0 * Vector256.LoadUnsafe(ref weight, k);
            a1 += x1 * Vector256.LoadUnsafe(ref weight, k + Lanes / 2);
            b0 += x0 * Vector256.LoadUnsafe(ref weight, k + width);
            b1 += x1 * Vector256.LoadUnsafe(ref weight, k + width + Lanes / 2);
            c0 += x0 * Vector256.LoadUnsafe(ref weight, k + 2 * width);
            c1 += x1 * Vector256.LoadUnsafe(ref weight, k + 2 * width + Lanes / 2);
            d0 += x0 * Vector256.LoadUnsafe(ref weight, k + 3 * width);
            d1 += x1 * Vector256.LoadUnsafe(ref weight, k + 3 * width + Lanes / 2);
        }
        sums[0] = Reduce(a0 + a1);
        sums[1] = Reduce(b0 + b1);
        sums[2] = Reduce(c0 + c1);
        sums[3] = Reduce(d0 + d1);
    }

    private static float Reduce(Vector256<float> sums)
    {
        Vector128<float> four = sums.GetLower() + sums.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
