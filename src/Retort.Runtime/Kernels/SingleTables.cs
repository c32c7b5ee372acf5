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

    // (windows, parts, channels)
    private readonly float[] _biases;

    public SingleTables(StudentFiles files)
        : base(files.Config.Shape, (files.Config.Shape.Filters + Block - 1) / Block * Block)
    {
        IReadOnlyList<int> windows = Shape.Windows;
        _offsets = windows.Select((_, k) => windows.Take(k).Sum() * Stride).ToArray();
        _biases = new float[windows.Count * Stride];
        for (int k = 0; k < windows.Count; k++)
        {
            float[] biases = files.ReadWeights(StudentShape.ConvolutionBias(windows[k]));
            for (int raw = 0; raw < biases.Length; raw++)
                _biases[k * Stride + raw / Shape.Filters * Channels + raw % Shape.Filters] = biases[raw];
        }
    }

    public override int RowBytes => AlignedRows.Aligned(checked(Entries * sizeof(float)));

    private bool IsGated => Shape.Activation == Model.Activation.Gated;

    /// <summary>Floats of one offset: values, then gates.</summary>
    private int Stride => IsGated ? 2 * Channels : Channels;

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
        Sum(window, rows, Channels + first).CopyTo(sums[Block..]);
        return Gate(sums[filter - first], sums[Block + filter - first]);
    }

    private Vector256<float> Sum(int window, nint* rows, int column)
    {
        Vector256<float> sum = Vector256.Create(_biases.AsSpan(window * Stride + column, Block));
        for (int j = 0; j < Shape.Windows[window]; j++)
            sum += Vector256.Load((float*)rows[j] + _offsets[window] + j * Stride + column);
        return sum;
    }

    private static float Gate(float value, float gate) => value / (1 + MathF.Exp(-gate));

    private sealed class SingleAccumulator(SingleTables tables) : Accumulator
    {
        private readonly float[] _maxima = new float[tables.Shape.Windows.Count * tables.Channels];
        private readonly double[] _totals = new double[tables.Shape.Windows.Count * tables.Channels];

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
                    for (int c = 0; c < tables.Channels; c += Block)
                        Take(k, first + position, c);
                }
            }
        }

        public override void WriteFeatures(Span<float> features, long tokens)
        {
            int filters = tables.Shape.Filters, windows = tables.Shape.Windows.Count;
            for (int k = 0; k < windows; k++)
                _maxima.AsSpan(k * tables.Channels, filters).CopyTo(features[(k * filters)..]);
            if (tables.Shape.Pooling != Pooling.MaxMean)
                return;
            for (int k = 0; k < windows; k++)
            {
                for (int c = 0; c < filters; c++)
                    features[(windows + k) * filters + c] = (float)(_totals[k * tables.Channels + c] / tokens);
            }
        }

        private void Take(int window, nint* rows, int c)
        {
            Vector256<float> values = tables.Sum(window, rows, c);
            Vector256<float> gates = tables.IsGated ? tables.Sum(window, rows, tables.Channels + c) : default;
            for (int lane = 0; lane < Block; lane++)
            {
                float activation = tables.IsGated ? Gate(values[lane], gates[lane]) : Math.Max(values[lane], 0);
                int at = window * tables.Channels + c + lane;
                _maxima[at] = Math.Max(_maxima[at], activation);
                _totals[at] += activation;
            }
        }
    }
}
