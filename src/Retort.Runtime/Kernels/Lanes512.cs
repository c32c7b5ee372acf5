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
    public static void AddRow(sbyte* row, ref Words low, ref Words high)
    {
        Vector512<sbyte> bytes = Vector512.Load(row);
        low += Vector512.WidenLower(bytes);
        high += Vector512.WidenUpper(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRows(sbyte* first, sbyte* second, ref Words low, ref Words high)
    {
        AddRow(first, ref low, ref high);
        AddRow(second, ref low, ref high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref short source, out Words low, out Words high)
    {
        low = Vector512.LoadUnsafe(ref source);
        high = Vector512.LoadUnsafe(ref source, (nuint)Words.Count);
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
        Add(Vector512.WidenLower(low), ref sums, 0);
        Add(Vector512.WidenUpper(low), ref sums, 1);
        Add(Vector512.WidenLower(high), ref sums, 2);
        Add(Vector512.WidenUpper(high), ref sums, 3);
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
    public static Words ShiftLeft(Words a, int count) => a << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Multiply(Words a, Words b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyHighRoundScale(a, b)
        : Vector512.Create(Lanes256.Multiply(a.GetLower(), b.GetLower()), Lanes256.Multiply(a.GetUpper(), b.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Words Choose(Words sign, Words negative, Words other) =>
        Vector512.ConditionalSelect(Vector512.LessThan(sign, Words.Zero), negative, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<int> values, ref int sums, nuint part)
    {
        nuint at = part * (nuint)Vector512<int>.Count;
        (Vector512.LoadUnsafe(ref sums, at) + values).StoreUnsafe(ref sums, at);
    }
}
