using System.Runtime.CompilerServices;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Position after position, a block of channels at a time: the rows of a position's tokens are read from their beginning to
/// their end, as processors fetch ahead, and each byte of a row is read once for each place that its token has in a window.
/// </summary>
internal sealed unsafe class VectorKernel<TLanes, TWords> : ConvolutionKernel
    where TLanes : ILanes<TWords>
    where TWords : struct
{
    public override string Name => TLanes.Name;

    public override int Block => TLanes.Block;

    public override void Arrange(Span<short> channels)
    {
        fixed (short* first = channels)
            Reorder(first, channels.Length);
    }

    public override void Pool(WindowTable table, nint* rows, int positions, short* maxima, int* sums)
    {
        Reorder(maxima, table.Channels);
        switch (table.Window)
        {
            case 1:
                Pool<Width1>(table, rows, positions, maxima, sums);
                break;
            case 2:
                Pool<Width2>(table, rows, positions, maxima, sums);
                break;
            case 3:
                Pool<Width3>(table, rows, positions, maxima, sums);
                break;
            case 4:
                Pool<Width4>(table, rows, positions, maxima, sums);
                break;
            case 5:
                Pool<Width5>(table, rows, positions, maxima, sums);
                break;
            default:
                Pool<WideWidth>(table, rows, positions, maxima, sums);
                break;
        }
        Reorder(maxima, table.Channels);
    }

    private static void Pool<TWidth>(WindowTable table, nint* rows, int positions, short* maxima, int* sums) where TWidth : IWidth
    {
        int position = 0;
        if (!table.IsGated && sums == null)
        {
            for (; position < positions - 1; position += 2)
                PoolSums<TWidth>(table, rows + position, rows + position + 1, maxima);
            if (position < positions)
                PoolSums<TWidth>(table, rows + position, rows + position, maxima);
            return;
        }
        for (; position < positions; position++, rows++)
        {
            if (table.IsGated)
                PoolGated<TWidth>(table, rows, maxima, sums);
            else
                PoolRelu<TWidth>(table, rows, maxima, sums);
        }
    }

    // Two positions at once: the maxima are read and written half as often.
    private static void PoolSums<TWidth>(WindowTable table, nint* rows, nint* next, short* maxima) where TWidth : IWidth
    {
        nint channels = table.Channels, offset = table.Offset;
        RowPointers<TWidth> first = new(table, rows, offset), second = new(table, next, offset);
        for (nint c = 0; c < channels; c += TLanes.Block)
        {
            first.Sum<TLanes, TWords>(c, offset, out TWords low, out TWords high);
            second.Sum<TLanes, TWords>(c, offset, out TWords low2, out TWords high2);
            Raise(maxima + c, TLanes.Max(low, low2), TLanes.Max(high, high2));
        }
    }

    private static void PoolRelu<TWidth>(WindowTable table, nint* rows, short* maxima, int* sums) where TWidth : IWidth
    {
        nint channels = table.Channels, offset = table.Offset;
        var values = new RowPointers<TWidth>(table, rows, offset);
        fixed (short* biases = table.Arranged.ValueBias)
        {
            for (nint c = 0; c < channels; c += TLanes.Block)
            {
                values.Sum<TLanes, TWords>(c, offset, out TWords low, out TWords high);
                Raise(maxima + c, low, high);
                AddBiases(biases + c, ref low, ref high);
                Accumulate(TLanes.Max(low, TLanes.All(0)), TLanes.Max(high, TLanes.All(0)), sums + c);
            }
        }
    }

    private static void PoolGated<TWidth>(WindowTable table, nint* rows, short* maxima, int* sums) where TWidth : IWidth
    {
        nint channels = table.Channels, offset = table.Offset;
        RowPointers<TWidth> values = new(table, rows, offset), gates = new(table, rows, offset + channels);
        // Shifts as products: their factors stay in place, while a count would be made anew for every block.
        TWords valueScale = TLanes.All((short)(1 << table.ValueShift)), full = TLanes.All((short)(1 << table.GateBits));
        TWords gateScale = TLanes.All((short)(1 << table.GateShift)), rest = TLanes.All((short)(1 << 15 - table.GateBits));
        fixed (short* valueBiases = table.Arranged.ValueBias, gateBiases = table.Arranged.GateBias, factors = table.Arranged.GateFactor)
        {
            for (nint c = 0; c < channels; c += TLanes.Block)
            {
                gates.Sum<TLanes, TWords>(c, offset + channels, out TWords gateLow, out TWords gateHigh);
                AddBiases(gateBiases + c, ref gateLow, ref gateHigh);
                TWords shutLow = Shut(TLanes.MultiplyLow(TLanes.Abs(gateLow), gateScale), TLanes.Load(factors + c), full, rest);
                TWords shutHigh = Shut(TLanes.MultiplyLow(TLanes.Abs(gateHigh), gateScale), TLanes.Load(factors + c + TLanes.Block / 2), full, rest);
                values.Sum<TLanes, TWords>(c, offset, out TWords low, out TWords high);
                AddBiases(valueBiases + c, ref low, ref high);
                low = Gate(TLanes.MultiplyLow(low, valueScale), gateLow, shutLow);
                high = Gate(TLanes.MultiplyLow(high, valueScale), gateHigh, shutHigh);
                Raise(maxima + c, low, high);
                if (sums != null)
                    Accumulate(low, high, sums + c);
            }
        }
    }

    /// <summary>The h of <see cref="GateFormula"/>, lane by lane, from the shifted |gate| on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWords Shut(TWords gate, TWords factor, TWords full, TWords rest)
    {
        TWords z = TLanes.Multiply(gate, factor);
        TWords t = TLanes.MultiplyLow(TLanes.Subtract(TLanes.Min(z, full), full), rest);
        TWords h = TLanes.Add(TLanes.Multiply(TLanes.All(GateFormula.C3), t), TLanes.All(GateFormula.C2));
        return TLanes.Multiply(TLanes.Add(TLanes.Multiply(h, t), TLanes.All(GateFormula.C1)), t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWords Gate(TWords value, TWords gate, TWords shut)
    {
        TWords p = TLanes.Multiply(value, shut);
        return TLanes.Choose(gate, p, TLanes.Subtract(value, p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBiases(short* biases, ref TWords low, ref TWords high)
    {
        low = TLanes.Add(low, TLanes.Load(biases));
        high = TLanes.Add(high, TLanes.Load(biases + TLanes.Block / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Raise(short* maxima, TWords low, TWords high)
    {
        TLanes.Store(TLanes.Max(TLanes.Load(maxima), low), maxima);
        TLanes.Store(TLanes.Max(TLanes.Load(maxima + TLanes.Block / 2), high), maxima + TLanes.Block / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(TWords low, TWords high, int* sums)
    {
        TLanes.Reorder(ref low, ref high);
        TLanes.Accumulate(low, high, sums);
    }

    private static void Reorder(short* channels, int count)
    {
        for (int c = 0; c < count; c += TLanes.Block)
        {
            TWords low = TLanes.Load(channels + c), high = TLanes.Load(channels + c + TLanes.Block / 2);
            TLanes.Reorder(ref low, ref high);
            TLanes.Store(low, channels + c);
            TLanes.Store(high, channels + c + TLanes.Block / 2);
        }
    }
}
