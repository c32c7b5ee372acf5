using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Words = System.Runtime.Intrinsics.Vector128<short>;

namespace Retort.Runtime.Kernels;

/// <summary>128 bits: SSE, NEON, or what the framework makes of it elsewhere.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Words>
{
    public static string Name => "v128";

    public static int Block => Vector128<byte>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRow(sbyte* row, ref Words low, ref Words high)
    {
        Vector128<sbyte> bytes = Vector128.Load(row);
        if (AdvSimd.IsSupported)
        {
            low = AdvSimd.AddWideningLower(low, bytes.GetLower());
            high = AdvSimd.AddWideningUpper(high, bytes);
            return;
        }
        low += Vector128.WidenLower(bytes);
        high += Vector128.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRows(sbyte* first, sbyte* second, ref Words low, ref Words high)
    {
        if (!Ssse3.IsSupported)
        {
            AddRow(first, ref low, ref high);
            AddRow(second, ref low, ref high);
            return;
        }
        // Interleaved bytes times 1, added in pairs: widens and adds two rows at once.
        Vector128<sbyte> a = Vector128.Load(first), b = Vector128.Load(second);
        low += Ssse3.MultiplyAddAdjacent(Vector128<byte>.One, Sse2.UnpackLow(a, b));
        high += Ssse3.MultiplyAddAdjacent(Vector128<byte>.One, Sse2.UnpackHigh(a, b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref short source, out Words low, out Words high)
    {
        low = Vector128.LoadUnsafe(ref source);
        high = Vector128.LoadUnsafe(ref source, (nuint)Words.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Words low, Words high, ref short destination)
    {
        low.StoreUnsafe(ref destination);
        high.StoreUnsafe(ref destination, (nuint)Words.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Words low, Words high, ref int sums)
    {
        Add(Vector128.WidenLower(low), ref sums, 0);
        Add(Vector128.WidenUpper(low), ref sums, 1);
        Add(Vector128.WidenLower(high), ref sums, 2);
        Add(Vector128.WidenUpper(high), ref sums, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words All(short value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Max(Words a, Words b) => Vector128.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Min(Words a, Words b) => Vector128.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Abs(Words a) => Vector128.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Add(Words a, Words b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Subtract(Words a, Words b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words ShiftLeft(Words a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Multiply(Words a, Words b)
    {
        if (Ssse3.IsSupported)
            return Ssse3.MultiplyHighRoundScale(a, b);
        if (AdvSimd.IsSupported)
            return AdvSimd.MultiplyRoundedDoublingSaturateHigh(a, b);
        return Vector128.Narrow(
            Vector128.WidenLower(a) * Vector128.WidenLower(b) + Vector128.Create(1 << 14) >> 15,
            Vector128.WidenUpper(a) * Vector128.WidenUpper(b) + Vector128.Create(1 << 14) >> 15);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Choose(Words sign, Words negative, Words other) =>
        Vector128.ConditionalSelect(Vector128.LessThan(sign, Words.Zero), negative, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector128<int> values, ref int sums, nuint part)
    {
        nuint at = part * (nuint)Vector128<int>.Count;
        (Vector128.LoadUnsafe(ref sums, at) + values).StoreUnsafe(ref sums, at);
    }
}
