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
        // Buckets behind the last one with a row have a place too, which nothing is read from.
        _rows = new AlignedRows(_index.Rows + 1, rowBytes);
    }

    /// <summary>Columns of the student.</summary>
    public int Width { get; }

    public int RowBytes => _rows.RowBytes;

    public long Bytes => (long)_index.Rows * RowBytes;

    /// <summary>How many rows a bigram has, 1 or 0, and where its row stands, if it has one.</summary>
    public int Bigram(int a, int b, out nint place) => Find(NgramHash.Bigram(a, b, _index.Buckets), out place);

    /// <summary>How many rows a trigram has, 1 or 0, and where its row stands, if it has one.</summary>
    public int Trigram(int a, int b, int c, out nint place) => Find(NgramHash.Trigram(a, b, c, _index.Buckets), out place);

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

    private int Find(long bucket, out nint place)
    {
        int count = _index.Find((int)bucket, out int row);
        place = _rows[row];
        return count;
    }
}
