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
    public static void Widen(sbyte* row, out Words low, out Words high)
    {
        Vector128<sbyte> bytes = Vector128.Load(row);
        low = Vector128.WidenLower(bytes);
        high = Vector128.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenPair(sbyte* first, sbyte* second, nint at, out Words low, out Words high)
    {
        Vector128<sbyte> a = Vector128.Load(first + at), b = Vector128.Load(second + at);
        if (Ssse3.IsSupported)
        {
            // Interleaved bytes times 1, added in pairs.
            low = Ssse3.MultiplyAddAdjacent(Vector128<byte>.One, Sse2.UnpackLow(a, b));
            high = Ssse3.MultiplyAddAdjacent(Vector128<byte>.One, Sse2.UnpackHigh(a, b));
            return;
        }
        if (AdvSimd.IsSupported)
        {
            low = AdvSimd.AddWideningLower(a.GetLower(), b.GetLower());
            high = AdvSimd.AddWideningUpper(a, b);
            return;
        }
        low = Vector128.WidenLower(a) + Vector128.WidenLower(b);
        high = Vector128.WidenUpper(a) + Vector128.WidenUpper(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Reorder(ref Words low, ref Words high)
    {
        // They are one.
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Load(short* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Words words, short* destination) => words.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Words low, Words high, int* sums)
    {
        Add(Vector128.WidenLower(low), sums, 0);
        Add(Vector128.WidenUpper(low), sums, 1);
        Add(Vector128.WidenLower(high), sums, 2);
        Add(Vector128.WidenUpper(high), sums, 3);
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
    public static Words MultiplyLow(Words a, Words b) => a * b;

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
    private static void Add(Vector128<int> values, int* sums, int part)
    {
        sums += part * Vector128<int>.Count;
        (Vector128.Load(sums) + values).Store(sums);
    }
}
