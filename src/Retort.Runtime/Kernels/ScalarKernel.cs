namespace Retort.Runtime.Kernels;

/// <summary>The specification: one channel at a time.</summary>
internal sealed unsafe class ScalarKernel : ConvolutionKernel
{
    public override string Name => "scalar";

    public override int Block => 1;

    public override void Pool(WindowTable table, nint* rows, int positions, Span<short> maxima, Span<int> sums)
    {
        for (int position = 0; position < positions; position++)
        {
            for (int c = 0; c < table.Channels; c++)
            {
                short activation = Activation(table, rows + position, c);
                maxima[c] = Math.Max(maxima[c], activation);
                if (!sums.IsEmpty)
                    sums[c] += table.IsGated ? activation : Math.Max(activation, (short)0);
            }
        }
    }

    /// <summary>A channel at one position; without gates its sum, which the activation does not know yet.</summary>
    public static short Activation(WindowTable table, nint* rows, int c) =>
        table.IsGated ? Gated(table, rows, c) : Sum(table, rows, c, table.ValueBias[c]);

    private static short Gated(WindowTable table, nint* rows, int c)
    {
        short value = Sum(table, rows, c, table.ValueBias[c]);
        short gate = Sum(table, rows, table.Channels + c, table.GateBias[c]);
        return GateFormula.Apply((short)(value << table.ValueShift), gate, table.GateFactor[c], table.GateShift, table.GateBits);
    }

    private static short Sum(WindowTable table, nint* rows, int column, short bias)
    {
        int sum = bias;
        for (int j = 0; j < table.Window; j++)
            sum += ((sbyte*)rows[j])[table.Offset + j * table.Stride + column];
        return (short)sum;
    }
}
