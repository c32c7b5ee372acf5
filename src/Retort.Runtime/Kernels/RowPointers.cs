using System.Runtime.CompilerServices;

namespace Retort.Runtime.Kernels;

/// <summary>Where the entries of a window at one position stand, a pointer for each of its tokens.</summary>
internal readonly unsafe struct RowPointers<TWidth> where TWidth : IWidth
{
    private readonly sbyte* _p0, _p1, _p2, _p3, _p4;
    private readonly nint* _rows;
    private readonly nint _stride;
    private readonly int _window;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RowPointers(WindowTable table, nint* rows, nint column)
    {
        nint stride = table.Stride;
        _p0 = (sbyte*)(rows[0] + column);
        if (TWidth.Value > 1)
            _p1 = (sbyte*)(rows[1] + column + stride);
        if (TWidth.Value > 2)
            _p2 = (sbyte*)(rows[2] + column + 2 * stride);
        if (TWidth.Value > 3)
            _p3 = (sbyte*)(rows[3] + column + 3 * stride);
        if (TWidth.Value > 4)
            _p4 = (sbyte*)(rows[4] + column + 4 * stride);
        if (TWidth.Value > 5)
        {
            _rows = rows;
            (_stride, _window) = (stride, table.Window);
        }
    }

    /// <summary>Adds up a block of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Sum<TLanes, TWords>(nint c, nint column, out TWords low, out TWords high)
        where TLanes : ILanes<TWords>
        where TWords : struct
    {
        if (TWidth.Value == 1)
        {
            TLanes.Widen(_p0 + c, out low, out high);
            return;
        }
        TLanes.WidenPair(_p0, _p1, c, out low, out high);
        if (TWidth.Value == 3)
        {
            TLanes.Widen(_p2 + c, out TWords low2, out TWords high2);
            (low, high) = (TLanes.Add(low, low2), TLanes.Add(high, high2));
        }
        if (TWidth.Value > 3)
        {
            TLanes.WidenPair(_p2, _p3, c, out TWords low2, out TWords high2);
            (low, high) = (TLanes.Add(low, low2), TLanes.Add(high, high2));
        }
        if (TWidth.Value > 4)
        {
            TLanes.Widen(_p4 + c, out TWords low4, out TWords high4);
            (low, high) = (TLanes.Add(low, low4), TLanes.Add(high, high4));
        }
        for (int j = 5; TWidth.Value > 5 && j < _window; j++)
        {
            TLanes.Widen((sbyte*)(_rows[j] + column + j * _stride + c), out TWords lowJ, out TWords highJ);
            (low, high) = (TLanes.Add(low, lowJ), TLanes.Add(high, highJ));
        }
    }
}
