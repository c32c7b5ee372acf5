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
    public static void AddRow(sbyte* row, ref Words low, ref Words high)
    {
        Vector256<sbyte> bytes = Vector256.Load(row);
        if (Avx2.IsSupported)
        {
            // Each byte beside a zero, times 1: as below.
            low += Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackLow(bytes, Vector256<sbyte>.Zero));
            high += Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackHigh(bytes, Vector256<sbyte>.Zero));
            return;
        }
        low += Vector256.WidenLower(bytes);
        high += Vector256.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRows(sbyte* first, sbyte* second, ref Words low, ref Words high)
    {
        if (!Avx2.IsSupported)
        {
            AddRow(first, ref low, ref high);
            AddRow(second, ref low, ref high);
            return;
        }
        // Interleaved bytes times 1, added in pairs: widens and adds two rows at once. Leaves channels in order within
        // each half of the vectors alone: 0–7 and 16–23 low, 8–15 and 24–31 high.
        Vector256<sbyte> a = Vector256.Load(first), b = Vector256.Load(second);
        low += Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackLow(a, b));
        high += Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Avx2.UnpackHigh(a, b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref short source, out Words low, out Words high)
    {
        low = Vector256.LoadUnsafe(ref source);
        high = Vector256.LoadUnsafe(ref source, (nuint)Words.Count);
        Reorder(ref low, ref high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Words low, Words high, ref short destination)
    {
        Reorder(ref low, ref high);
        low.StoreUnsafe(ref destination);
        high.StoreUnsafe(ref destination, (nuint)Words.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Words low, Words high, ref int sums)
    {
        Reorder(ref low, ref high);
        Add(Vector256.WidenLower(low), ref sums, 0);
        Add(Vector256.WidenUpper(low), ref sums, 1);
        Add(Vector256.WidenLower(high), ref sums, 2);
        Add(Vector256.WidenUpper(high), ref sums, 3);
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
    public static Words ShiftLeft(Words a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Multiply(Words a, Words b) => Avx2.IsSupported
        ? Avx2.MultiplyHighRoundScale(a, b)
        : Vector256.Create(Lanes128.Multiply(a.GetLower(), b.GetLower()), Lanes128.Multiply(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Choose(Words sign, Words negative, Words other) =>
        Vector256.ConditionalSelect(Vector256.LessThan(sign, Words.Zero), negative, other);

    // The middle quarters change places: from the order of channels to that of the instructions, and back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Reorder(ref Words low, ref Words high)
    {
        if (!Avx2.IsSupported)
            return;
        (low, high) = (Avx2.Permute2x128(low, high, 0x20), Avx2.Permute2x128(low, high, 0x31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<int> values, ref int sums, nuint part)
    {
        nuint at = part * (nuint)Vector256<int>.Count;
        (Vector256.LoadUnsafe(ref sums, at) + values).StoreUnsafe(ref sums, at);
    }
}
