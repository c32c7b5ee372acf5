using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Words = System.Runtime.Intrinsics.Vector256<short>;

namespace Retort.Runtime.Kernels;

/// <summary>256 bits: AVX2, or what the framework makes of it elsewhere.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Words>
{
    public static string Name => "v256";

    public static int Block => Vector256<byte>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(sbyte* row, out Words low, out Words high)
    {
        Vector256<sbyte> bytes = Vector256.Load(row);
        if (Avx2.IsSupported)
        {
            // Each byte beside a zero, times 1: in the order of WidenPair.
            low = Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackLow(bytes, Vector256<sbyte>.Zero));
            high = Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackHigh(bytes, Vector256<sbyte>.Zero));
            return;
        }
        low = Vector256.WidenLower(bytes);
        high = Vector256.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenPair(sbyte* first, sbyte* second, nint at, out Words low, out Words high)
    {
        Vector256<sbyte> a = Vector256.Load(first + at), b = Vector256.Load(second + at);
        if (Avx2.IsSupported)
        {
            // Interleaved bytes times 1, added in pairs. Low holds channels 0–7 and 16–23, high 8–15 and 24–31.
            low = Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackLow(a, b));
            high = Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackHigh(a, b));
            return;
        }
        low = Vector256.WidenLower(a) + Vector256.WidenLower(b);
        high = Vector256.WidenUpper(a) + Vector256.WidenUpper(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Reorder(ref Words low, ref Words high)
    {
        // The middle quarters change places.
        if (Avx2.IsSupported)
            (low, high) = (Avx2.Permute2x128(low, high, 0x20), Avx2.Permute2x128(low, high, 0x31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Load(short* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Words words, short* destination) => words.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Words low, Words high, int* sums)
    {
        Add(Vector256.WidenLower(low), sums, 0);
        Add(Vector256.WidenUpper(low), sums, 1);
        Add(Vector256.WidenLower(high), sums, 2);
        Add(Vector256.WidenUpper(high), sums, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words All(short value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Max(Words a, Words b) => Vector256.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Min(Words a, Words b) => Vector256.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Abs(Words a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Add(Words a, Words b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Subtract(Words a, Words b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words MultiplyLow(Words a, Words b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Multiply(Words a, Words b) => Avx2.IsSupported
        ? Avx2.MultiplyHighRoundScale(a, b)
        : Vector256.Create(Lanes128.Multiply(a.GetLower(), b.GetLower()), Lanes128.Multiply(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Choose(Words sign, Words negative, Words other) =>
        Vector256.ConditionalSelect(Vector256.LessThan(sign, Words.Zero), negative, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<int> values, int* sums, int part)
    {
        sums += part * Vector256<int>.Count;
        (Vector256.Load(sums) + values).Store(sums);
    }
}
