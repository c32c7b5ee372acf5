using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>Entries of single precision, summed in double precision: the reference that 8 bits are measured against.</summary>
internal sealed unsafe class SingleNgramTable : NgramTable
{
    private readonly float[] _ones;

    public SingleNgramTable(StudentFiles files) : base(files, checked(files.Config.Shape.NgramWidth * sizeof(float)))
    {
        _ones = [.. Enumerable.Repeat(1f, Width)];
        float[] values = files.ReadWeights(StudentShape.NgramWeight);
        for (int k = 0; k * Width < values.Length; k++)
            values.AsSpan(k * Width, Width).CopyTo(new Span<float>((void*)Row(k), Width));
    }

    public override void Add(nint* rows, int count, Span<double> totals)
    {
        for (int k = 0; k < count; k++)
        {
            for (int c = 0; c < totals.Length; c++)
                totals[c] += Entry(rows[k], c);
        }
    }

    public override ReadOnlySpan<float> Steps => _ones;

    public override float Entry(nint row, int column) => ((float*)row)[column];
}
