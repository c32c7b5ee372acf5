using System.Runtime.Intrinsics;
using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>The table of hashed bigrams and trigrams. Immutable and thread-safe.</summary>
internal abstract unsafe class NgramTable
{
    private readonly NgramIndex _index;
    private readonly AlignedRows _rows;

    /// <param name="files">An open student that has n-grams.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    protected NgramTable(StudentFiles files, int rowBytes)
    {
        (_index, Width) = (files.ReadNgramIndex()!, files.Config.Shape.NgramWidth);
        _rows = new AlignedRows(_index.Rows, rowBytes);
    }

    /// <summary>Columns of the student.</summary>
    public int Width { get; }

    public int RowBytes => _rows.RowBytes;

    public long Bytes => (long)_index.Rows * RowBytes;

    /// <summary>Where the row of a bigram stands; 0: it has none.</summary>
    public nint Bigram(int a, int b) => Place(_index.Bigram(a, b));

    /// <summary>Where the row of a trigram stands; 0: it has none.</summary>
    public nint Trigram(int a, int b, int c) => Place(_index.Trigram(a, b, c));

    /// <summary>Adds rows to sums of entries.</summary>
    /// <param name="rows">As many as a chunk has tokens, at most.</param>
    /// <param name="count">How many.</param>
    /// <param name="totals">(width)</param>
    public abstract void Add(nint* rows, int count, Span<double> totals);

    /// <summary>(width) what one unit of a sum is worth.</summary>
    public abstract ReadOnlySpan<float> Steps { get; }

    /// <summary>An entry of a row.</summary>
    public abstract float Entry(nint row, int column);

    /// <summary>Writes the sums of a text's n-grams of one order, divided by the square root of its tokens.</summary>
    /// <param name="totals">(width)</param>
    /// <param name="features">(width)</param>
    /// <param name="tokens">Of the text.</param>
    public void WriteFeatures(ReadOnlySpan<double> totals, Span<float> features, long tokens)
    {
        int count = Width, c = 0;
        var root = Vector128.Create(MathF.Sqrt(tokens));
        ReadOnlySpan<float> steps = Steps[..count];
        fixed (double* total = totals[..count])
        fixed (float* step = steps, feature = features[..count])
        {
            for (; c <= count - Vector128<float>.Count; c += Vector128<float>.Count)
            {
                Vector128<float> sums = Vector128.Narrow(Vector128.Load(total + c), Vector128.Load(total + c + 2));
                (sums * Vector128.Load(step + c) / root).Store(feature + c);
            }
            for (; c < count; c++)
                feature[c] = (float)total[c] * step[c] / root[0];
        }
    }

    /// <summary>Where a row is written when the table is made.</summary>
    protected nint Row(int row) => _rows[row];

    private nint Place(int row) => row == NgramIndex.None ? 0 : _rows[row];
}
