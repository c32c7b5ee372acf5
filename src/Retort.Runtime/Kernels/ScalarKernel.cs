namespace Retort.Runtime.Kernels;

/// <summary>The specification: one channel at a time.</summary>
internal sealed unsafe class ScalarKernel : ConvolutionKernel
{
    public override string Name => "scalar";

    public override int Block => 1;

    public override void Pool(WindowTable table, nint* rows, int positions, short* maxima, int* sums)
    {
        for (int position = 0; position < positions; position++)
        {
            for (int c = 0; c < table.Channels; c++)
            {
                short activation = Activation(table, rows + position, c);
                maxima[c] = Math.Max(maxima[c], table.IsGated ? activation : Sum(table, rows + position, c));
                if (sums != null)
                    sums[c] += activation;
            }
        }
    }

    /// <summary>A channel at one position, in the window's units.</summary>
    public static short Activation(WindowTable table, nint* rows, int c)
    {
        int value = Sum(table, rows, c) + table.ValueBias[c];
        if (!table.IsGated)
            return (short)Math.Max(value, 0);
        int gate = Sum(table, rows, table.Channels + c) + table.GateBias[c];
        return GateFormula.Apply((short)(value << table.ValueShift), (short)gate, table.GateFactor[c], table.GateShift, table.GateBits);
    }

    private static short Sum(WindowTable table, nint* rows, int column)
    {
        int sum = 0;
        for (int j = 0; j < table.Window; j++)
            sum += ((sbyte*)rows[j])[table.Offset + j * table.Stride + column];
        return (short)sum;
    }
}
