using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>Entries of 8 bits with one scale a column. Sums of steps are exact, so their order does not matter.</summary>
internal sealed unsafe class IntegerNgramTable : NgramTable
{
    private const int Block = 16;

    private readonly float[] _steps;

    public IntegerNgramTable(StudentFiles files) : base(files, Padded(files.Config.Shape.NgramWidth))
    {
        _steps = files.ReadScales(StudentShape.NgramScale);
        float[] values = files.ReadWeights(StudentShape.NgramWeight), inverse = Array.ConvertAll(_steps, step => 1 / step);
        for (int k = 0; k * Width < values.Length; k++)
        {
            var row = new Span<sbyte>((void*)Row(k), Padded(Width));
            row.Clear();
            IntegerTables.Quantize(values.AsSpan(k * Width, Width), inverse, sbyte.MaxValue, row);
        }
    }

    public override void Add(nint* rows, int count, Span<double> totals)
    {
        for (int c = 0; c < totals.Length; c += Block)
        {
            // 16 bits hold 258 entries.
            Vector128<short> low = default, high = default;
            for (int k = 0; k < count; k++)
            {
                Lanes128.Widen((sbyte*)rows[k] + c, out Vector128<short> lowK, out Vector128<short> highK);
                low += lowK;
                high += highK;
            }
            AddLanes(low, totals[c..]);
            if (totals.Length > c + Block / 2)
                AddLanes(high, totals[(c + Block / 2)..]);
        }
    }

    private static void AddLanes(Vector128<short> sums, Span<double> totals)
    {
        if (totals.Length < Block / 2)
        {
            for (int lane = 0; lane < totals.Length; lane++)
                totals[lane] += sums[lane];
            return;
        }
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(sums);
        fixed (double* total = totals)
        {
            AddFour(low, total);
            AddFour(high, total + Block / 4);
        }
    }

    private static void AddFour(Vector128<int> sums, double* totals)
    {
        Vector256<double> four = Vector256.ConvertToDouble(Vector256.WidenLower(sums.ToVector256Unsafe()));
        (Vector256.Load(totals) + four).Store(totals);
    }

    public override ReadOnlySpan<float> Steps => _steps;

    public override float Entry(nint row, int column) => ((sbyte*)row)[column];

    private static int Padded(int width) => (width + Block - 1) / Block * Block;
}
