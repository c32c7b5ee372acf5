using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>INT8 tables with one scale a filter: the fast ones. What is pooled is the same to the bit in all kernels.</summary>
internal sealed unsafe class IntegerTables : Tables
{
    /// <summary>What the usual kernel needs: a student has one layout on nearly every machine.</summary>
    private const int FewestChannels = 32;

    private readonly ConvolutionKernel _kernel;
    private readonly WindowTable[] _windows;

    // (entries) what a value is multiplied by to become steps, in the order of a row.
    private readonly float[] _inverse;

    public IntegerTables(StudentFiles files, ConvolutionKernel kernel)
        : base(files.Config.Shape, Math.Max(kernel.Block, FewestChannels))
    {
        _kernel = kernel;
        _windows = new WindowTable[Shape.Windows.Count];
        _inverse = new float[Entries];
        int offset = 0;
        for (int k = 0; k < _windows.Length; k++)
        {
            float[] scales = files.ReadScales(StudentShape.ConvolutionScale(Shape.Windows[k]));
            float[] biases = files.ReadWeights(StudentShape.ConvolutionBias(Shape.Windows[k]));
            _windows[k] = new WindowTable(Shape, k, offset, Channels[k], scales, biases, kernel);
            for (int j = 0; j < _windows[k].Window; j++, offset += _windows[k].Stride)
                Invert(scales, _windows[k], _inverse.AsSpan(offset, _windows[k].Stride));
        }
    }

    public override int RowBytes => AlignedRows.Aligned(_inverse.Length);

    public override void Write(ReadOnlySpan<float> row, nint destination)
    {
        var steps = new Span<sbyte>((void*)destination, row.Length);
        foreach (WindowTable table in _windows)
        {
            int length = table.Window * table.Stride;
            Quantize(row.Slice(table.Offset, length), _inverse.AsSpan(table.Offset, length), table.LargestEntry, steps.Slice(table.Offset, length));
        }
    }

    public override Accumulator NewAccumulator() => new IntegerAccumulator(this);

    public override float Activation(int window, nint* rows, int filter)
    {
        WindowTable table = _windows[window];
        return ScalarKernel.Activation(table, rows, filter) * table.Steps[filter];
    }

    /// <summary>Rounds to steps, ties to even, and clamps to a number of steps either way.</summary>
    internal static void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> inverse, float most, Span<sbyte> steps)
    {
        int k = 0;
        for (; k <= values.Length - 32; k += 32)
        {
            Vector256<short> low = Vector256.Narrow(Round(k, values, inverse, most), Round(k + 8, values, inverse, most));
            Vector256<short> high = Vector256.Narrow(Round(k + 16, values, inverse, most), Round(k + 24, values, inverse, most));
            Vector256.Narrow(low, high).CopyTo(steps[k..]);
        }
        for (; k < values.Length; k++)
            steps[k] = (sbyte)MathF.Round(Math.Clamp(values[k] * inverse[k], -most, most));
    }

    private static Vector256<int> Round(int k, ReadOnlySpan<float> values, ReadOnlySpan<float> inverse, float most)
    {
        Vector256<float> steps = Vector256.Create(values[k..]) * Vector256.Create(inverse[k..]);
        return Vector256.ConvertToInt32(Vector256.Round(Vector256.Clamp(steps, Vector256.Create(-most), Vector256.Create(most))));
    }

    private static void Invert(float[] scales, WindowTable table, Span<float> row)
    {
        for (int c = 0; c < scales.Length; c++)
            row[c / table.Filters * table.Channels + c % table.Filters] = 1 / scales[c];
    }

    private sealed class IntegerAccumulator(IntegerTables tables) : Accumulator
    {
        private readonly short[] _maxima = new short[tables.AllChannels];
        private readonly int[] _sums = new int[tables.Shape.Pooling == Pooling.MaxMean ? tables.AllChannels : 0];
        private readonly long[] _totals = new long[tables.Shape.Pooling == Pooling.MaxMean ? tables.AllChannels : 0];

        public override void Reset()
        {
            _maxima.AsSpan().Fill(short.MinValue);
            _totals.AsSpan().Clear();
        }

        public override void Pool(nint* rows, int positions)
        {
            _sums.AsSpan().Clear();
            fixed (short* maxima = _maxima)
            fixed (int* sums = _sums)
            {
                foreach (WindowTable table in tables._windows)
                {
                    int first = tables.Starts[table.Index];
                    tables._kernel.Pool(table, rows + tables.LeftMost - table.Left, positions, maxima + first,
                        sums == null ? null : sums + first);
                }
            }
            for (int c = 0; c < _sums.Length; c++)
                _totals[c] += _sums[c];
        }

        public override void WriteFeatures(Span<float> features, long tokens)
        {
            foreach (WindowTable table in tables._windows)
            {
                ReadOnlySpan<short> maxima = _maxima.AsSpan(tables.Starts[table.Index], table.Channels);
                if (table.IsGated)
                    Features.Scale(maxima, table.Steps, features[..table.Filters]);
                else
                    Features.ScaleRelu(maxima, table.ValueBias, table.Steps, features[..table.Filters]);
                features = features[table.Filters..];
            }
            if (_totals.Length == 0)
                return;
            foreach (WindowTable table in tables._windows)
            {
                ReadOnlySpan<long> totals = _totals.AsSpan(tables.Starts[table.Index], table.Filters);
                for (int c = 0; c < totals.Length; c++)
                    features[c] = totals[c] * table.Steps[c] / tokens;
                features = features[table.Filters..];
            }
        }
    }
}
