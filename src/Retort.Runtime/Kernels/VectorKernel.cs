using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Retort.Runtime.Kernels;

/// <summary>
/// One block of channels at a time. Positions are taken in tiles: the rows of a tile's tokens stay in the first-level cache
/// over all blocks, and maxima leave the registers once a tile.
/// </summary>
internal sealed unsafe class VectorKernel<TLanes, TWords> : ConvolutionKernel
    where TLanes : ILanes<TWords>
    where TWords : struct
{
    private const int Tile = 8;

    public override string Name => TLanes.Name;

    public override int Block => TLanes.Block;

    public override void Pool(WindowTable table, nint* rows, int positions, Span<short> maxima, Span<int> sums)
    {
        ref short largest = ref MemoryMarshal.GetReference(maxima);
        ref int total = ref MemoryMarshal.GetReference(sums);
        for (int first = 0; first < positions; first += Tile)
        {
            int count = Math.Min(Tile, positions - first);
            for (int c = 0; c < table.Channels; c += TLanes.Block)
            {
                ref int sum = ref sums.IsEmpty ? ref Unsafe.NullRef<int>() : ref Unsafe.Add(ref total, c);
                if (table.IsGated)
                    PoolGated(table, rows + first, count, c, ref Unsafe.Add(ref largest, c), ref sum);
                else
                    PoolRelu(table, rows + first, count, c, ref Unsafe.Add(ref largest, c), ref sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolRelu(WindowTable table, nint* rows, int count, int c, ref short largest, ref int sums)
    {
        TLanes.Load(ref table.ValueBias[c], out TWords biasLow, out TWords biasHigh);
        TLanes.Load(ref largest, out TWords maxLow, out TWords maxHigh);
        TWords zero = TLanes.All(0);
        for (int i = 0; i < count; i++)
        {
            TWords low = biasLow, high = biasHigh;
            AddRows(table, rows + i, table.Offset + c, ref low, ref high);
            maxLow = TLanes.Max(maxLow, low);
            maxHigh = TLanes.Max(maxHigh, high);
            if (!Unsafe.IsNullRef(ref sums))
                TLanes.Accumulate(TLanes.Max(low, zero), TLanes.Max(high, zero), ref sums);
        }
        TLanes.Store(maxLow, maxHigh, ref largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PoolGated(WindowTable table, nint* rows, int count, int c, ref short largest, ref int sums)
    {
        TLanes.Load(ref table.ValueBias[c], out TWords valueBiasLow, out TWords valueBiasHigh);
        TLanes.Load(ref table.GateBias[c], out TWords gateBiasLow, out TWords gateBiasHigh);
        TLanes.Load(ref table.GateFactor[c], out TWords factorLow, out TWords factorHigh);
        TLanes.Load(ref largest, out TWords maxLow, out TWords maxHigh);
        for (int i = 0; i < count; i++)
        {
            TWords valueLow = valueBiasLow, valueHigh = valueBiasHigh, gateLow = gateBiasLow, gateHigh = gateBiasHigh;
            AddRows(table, rows + i, table.Offset + c, ref valueLow, ref valueHigh);
            AddRows(table, rows + i, table.Offset + table.Channels + c, ref gateLow, ref gateHigh);
            TWords low = Gate(table, valueLow, gateLow, factorLow), high = Gate(table, valueHigh, gateHigh, factorHigh);
            maxLow = TLanes.Max(maxLow, low);
            maxHigh = TLanes.Max(maxHigh, high);
            if (!Unsafe.IsNullRef(ref sums))
                TLanes.Accumulate(low, high, ref sums);
        }
        TLanes.Store(maxLow, maxHigh, ref largest);
    }

    /// <summary>Adds a position's entries, from two rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows(WindowTable table, nint* rows, int column, ref TWords low, ref TWords high)
    {
        int j = 0, stride = table.Stride;
        for (; j + 1 < table.Window; j += 2, column += 2 * stride)
            TLanes.AddRows((sbyte*)rows[j] + column, (sbyte*)rows[j + 1] + column + stride, ref low, ref high);
        if (j < table.Window)
            TLanes.AddRow((sbyte*)rows[j] + column, ref low, ref high);
    }

    /// <summary><see cref="GateFormula"/>, lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWords Gate(WindowTable table, TWords value, TWords gate, TWords factor)
    {
        TWords full = TLanes.All((short)((1 << table.GateBits) - 1));
        TWords z = TLanes.Multiply(TLanes.ShiftLeft(TLanes.Abs(gate), table.GateShift), factor);
        TWords t = TLanes.ShiftLeft(TLanes.Subtract(full, TLanes.Min(z, full)), 15 - table.GateBits);
        TWords h = TLanes.Add(TLanes.Multiply(TLanes.All(GateFormula.C3), t), TLanes.All(GateFormula.C2));
        h = TLanes.Multiply(TLanes.Add(TLanes.Multiply(h, t), TLanes.All(GateFormula.C1)), t);
        value = TLanes.ShiftLeft(value, table.ValueShift);
        TWords p = TLanes.Multiply(value, h);
        return TLanes.Choose(gate, p, TLanes.Subtract(value, p));
    }
}
