using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Tables of single precision floats: the reference that INT8 is measured against. A sum begins with the bias and goes from
/// the window's first offset to its last.
/// </summary>
internal sealed unsafe class SingleTables : Tables
{
    private const int Block = 8;

    private readonly int[] _offsets;

    // One window behind the other: values, then gates.
    private readonly float[] _biases;

    public SingleTables(StudentFiles files)
        : base(files.Config.Shape, Block)
    {
        IReadOnlyList<int> windows = Shape.Windows;
        _offsets = new int[windows.Count];
        _biases = new float[AllChannels * Shape.Parts];
        for (int k = 0, offset = 0; k < windows.Count; offset += windows[k] * Stride(k), k++)
        {
            _offsets[k] = offset;
            float[] biases = files.ReadWeights(StudentShape.ConvolutionBias(windows[k]));
            for (int raw = 0; raw < biases.Length; raw++)
                _biases[Starts[k] * Shape.Parts + raw / Shape.Filters[k] * Channels[k] + raw % Shape.Filters[k]] = biases[raw];
        }
    }

    public override int RowBytes => AlignedRows.Aligned(checked(Entries * sizeof(float)));

    private bool IsGated => Shape.Activation == Model.Activation.Gated;

    /// <summary>Floats of one offset of a window: values, then gates.</summary>
    private int Stride(int window) => Shape.Parts * Channels[window];

    public override void Write(ReadOnlySpan<float> row, nint destination) =>
        row.CopyTo(new Span<float>((void*)destination, row.Length));

    public override Accumulator NewAccumulator() => new SingleAccumulator(this);

    public override float Activation(int window, nint* rows, int filter)
    {
        Span<float> sums = stackalloc float[2 * Block];
        int first = filter / Block * Block;
        Sum(window, rows, first).CopyTo(sums);
        if (!IsGated)
            return Math.Max(sums[filter - first], 0);
        Sum(window, rows, Channels[window] + first).CopyTo(sums[Block..]);
        return Gate(sums[filter - first], sums[Block + filter - first]);
    }

    private Vector256<float> Sum(int window, nint* rows, int column)
    {
        Vector256<float> sum = Vector256.Create(_biases.AsSpan(Starts[window] * Shape.Parts + column, Block));
        for (int j = 0; j < Shape.Windows[window]; j++)
            sum += Vector256.Load((float*)rows[j] + _offsets[window] + j * Stride(window) + column);
        return sum;
    }

    private static float Gate(float value, float gate) => value / (1 + MathF.Exp(-gate));

    private sealed class SingleAccumulator(SingleTables tables) : Accumulator
    {
        private readonly float[] _maxima = new float[tables.AllChannels];
        private readonly double[] _totals = new double[tables.AllChannels];

        public override void Reset()
        {
            _maxima.AsSpan().Fill(float.NegativeInfinity);
            _totals.AsSpan().Clear();
        }

        public override void Pool(nint* rows, int positions)
        {
            for (int k = 0; k < tables.Shape.Windows.Count; k++)
            {
                nint* first = rows + tables.LeftMost - (tables.Shape.Windows[k] - 1) / 2;
                for (int position = 0; position < positions; position++)
                {
                    for (int c = 0; c < tables.Channels[k]; c += Block)
                        Take(k, first + position, c);
                }
            }
        }

        public override void WriteFeatures(Span<float> features, long tokens)
        {
            StudentShape shape = tables.Shape;
            for (int k = 0; k < shape.Windows.Count; k++)
                _maxima.AsSpan(tables.Starts[k], shape.Filters[k]).CopyTo(features[shape.MapStart(k)..]);
            if (shape.Pooling != Pooling.MaxMean)
                return;
            Span<float> means = features[shape.MapWidth..];
            for (int k = 0; k < shape.Windows.Count; k++)
            {
                for (int c = 0; c < shape.Filters[k]; c++)
                    means[shape.MapStart(k) + c] = (float)(_totals[tables.Starts[k] + c] / tokens);
            }
        }

        private void Take(int window, nint* rows, int c)
        {
            Vector256<float> values = tables.Sum(window, rows, c);
            Vector256<float> gates = tables.IsGated ? tables.Sum(window, rows, tables.Channels[window] + c) : default;
            for (int lane = 0; lane < Block; lane++)
            {
                float activation = tables.IsGated ? Gate(values[lane], gates[lane]) : Math.Max(values[lane], 0);
                int at = tables.Starts[window] + c + lane;
                _maxima[at] = Math.Max(_maxima[at], activation);
                _totals[at] += activation;
            }
        }
    }
}
