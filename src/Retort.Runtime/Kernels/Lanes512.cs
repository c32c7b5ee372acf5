using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Words = System.Runtime.Intrinsics.Vector512<short>;

namespace Retort.Runtime.Kernels;

/// <summary>512 bits: AVX-512 (BW), or what the framework makes of it elsewhere.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Words>
{
    public static string Name => "v512";

    public static int Block => Vector512<byte>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen(sbyte* row, out Words low, out Words high)
    {
        Vector512<sbyte> bytes = Vector512.Load(row);
        low = Vector512.WidenLower(bytes);
        high = Vector512.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenPair(sbyte* first, sbyte* second, nint at, out Words low, out Words high)
    {
        Vector512<sbyte> a = Vector512.Load(first + at), b = Vector512.Load(second + at);
        low = Vector512.WidenLower(a) + Vector512.WidenLower(b);
        high = Vector512.WidenUpper(a) + Vector512.WidenUpper(b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Reorder(ref Words low, ref Words high)
    {
        // They are one.
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Load(short* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Words words, short* destination) => words.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Words low, Words high, int* sums)
    {
        Add(Vector512.WidenLower(low), sums, 0);
        Add(Vector512.WidenUpper(low), sums, 1);
        Add(Vector512.WidenLower(high), sums, 2);
        Add(Vector512.WidenUpper(high), sums, 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words All(short value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Max(Words a, Words b) => Vector512.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Min(Words a, Words b) => Vector512.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Abs(Words a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Add(Words a, Words b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Subtract(Words a, Words b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words MultiplyLow(Words a, Words b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Multiply(Words a, Words b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyHighRoundScale(a, b)
        : Vector512.Create(Lanes256.Multiply(a.GetLower(), b.GetLower()), Lanes256.Multiply(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Choose(Words sign, Words negative, Words other) =>
        Vector512.ConditionalSelect(Vector512.LessThan(sign, Words.Zero), negative, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<int> values, int* sums, int part)
    {
        sums += part * Vector512<int>.Count;
        (Vector512.Load(sums) + values).Store(sums);
    }
}
