using Retort.Data;
using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// A smaller n-gram table. Sums of its rows are linear to the next layer, so no column is needed beyond the rank of what that
/// layer makes of them: without a hidden layer twice the classes, once for bigrams and once for trigrams, less what a softmax
/// does not see.
/// </summary>
internal static class NgramReduction
{
    /// <summary>The student without n-grams: what they gave on average goes into the next layer's bias by <see cref="Reconstruction"/>.</summary>
    public static FoldedStudent Drop(FoldedStudent student)
    {
        StudentShape shape = student.Shape with { NgramBuckets = 0, NgramWidth = 0 };
        string reader = student.Reader;
        return student.With(shape, (reader, Columns(student[reader], student.Shape.PooledWidth, 0, shape.PooledWidth)));
    }

    /// <summary>The table with fewer buckets: a bucket's row is the mean of the n-grams that the texts have there, and 0 where they have none.</summary>
    /// <param name="student">With an n-gram table.</param>
    /// <param name="use">Texts as it reads them.</param>
    /// <param name="buckets">Of the new table.</param>
    public static FoldedStudent Rehash(FoldedStudent student, TokenUse use, int buckets) =>
        student.With(student.Shape with { NgramBuckets = buckets }, (StudentShape.NgramWeight, Rehashed(student, use.Texts, use.Texts, buckets)));

    /// <summary>The rows of a table whose n-grams have other ids.</summary>
    /// <param name="student">With the table as it is.</param>
    /// <param name="before">(texts) the ids of the present vocabulary.</param>
    /// <param name="after">(texts) as many ids, of the new one.</param>
    /// <param name="buckets">Of the new table.</param>
    public static float[] Rehashed(FoldedStudent student, IReadOnlyList<int[]> before, IReadOnlyList<int[]> after, int buckets)
    {
        StudentShape shape = student.Shape;
        float[] rows = student[StudentShape.NgramWeight];
        int width = shape.NgramWidth;
        double[] sums = new double[(long)buckets * width];
        long[] counts = new long[buckets];
        for (int text = 0; text < before.Count; text++)
        {
            int[] old = before[text], ids = after[text];
            for (int k = 1; k < ids.Length; k++)
            {
                Add(NgramHash.Bigram(old[k - 1], old[k], shape.NgramBuckets), NgramHash.Bigram(ids[k - 1], ids[k], buckets));
                if (k > 1)
                    Add(NgramHash.Trigram(old[k - 2], old[k - 1], old[k], shape.NgramBuckets), NgramHash.Trigram(ids[k - 2], ids[k - 1], ids[k], buckets));
            }
        }
        float[] means = new float[sums.Length];
        for (int k = 0; k < means.Length; k++)
            means[k] = (float)(sums[k] / Math.Max(counts[k / width], 1));
        return means;

        void Add(long from, long to)
        {
            counts[to]++;
            for (int c = 0; c < width; c++)
                sums[to * width + c] += rows[from * width + c];
        }
    }

    /// <summary>The columns that are enough for the same answers.</summary>
    public static int ExactWidth(FoldedStudent student)
    {
        using var scope = NewDisposeScope();
        (Tensor rows, Tensor weights) = Factors(student);
        return LowRank.ExactRank(rows, weights);
    }

    /// <summary>The table with fewer columns, and a next layer that reads them.</summary>
    public static FoldedStudent Narrow(FoldedStudent student, TokenUse use, int width)
    {
        StudentShape shape = student.Shape, narrow = shape with { NgramWidth = width };
        using var scope = NewDisposeScope();
        (Tensor rows, Tensor weights) = Factors(student);
        (Tensor newRows, Tensor newWeights) = LowRank.Factorize(rows, use.BucketWeights(shape.NgramBuckets), weights, width);
        string reader = student.Reader;
        float[] old = student[reader], own = newWeights.data<float>().ToArray(); // (orders · outputs, width)
        int outputs = old.Length / shape.PooledWidth, first = shape.PooledWidth - NgramHash.Orders * shape.NgramWidth;
        float[] changed = new float[outputs * narrow.PooledWidth];
        for (int output = 0; output < outputs; output++)
        {
            old.AsSpan(output * shape.PooledWidth, first).CopyTo(changed.AsSpan(output * narrow.PooledWidth));
            for (int order = 0; order < NgramHash.Orders; order++)
                own.AsSpan((order * outputs + output) * width, width).CopyTo(changed.AsSpan(output * narrow.PooledWidth + first + order * width));
        }
        return student.With(narrow, (StudentShape.NgramWeight, newRows.data<float>().ToArray()), (reader, changed));
    }

    /// <summary>Some columns of a matrix.</summary>
    private static float[] Columns(float[] matrix, int width, int first, int count)
    {
        float[] columns = new float[matrix.Length / width * count];
        for (int row = 0; row * width < matrix.Length; row++)
            matrix.AsSpan(row * width + first, count).CopyTo(columns.AsSpan(row * count));
        return columns;
    }

    // (buckets, width), and what reads them: (orders · outputs, width).
    private static (Tensor Rows, Tensor Weights) Factors(FoldedStudent student)
    {
        StudentShape shape = student.Shape;
        float[] reader = student[student.Reader];
        int outputs = reader.Length / shape.PooledWidth, own = NgramHash.Orders * shape.NgramWidth;
        Tensor all = tensor(Columns(reader, shape.PooledWidth, shape.PooledWidth - own, own), [outputs, NgramHash.Orders, shape.NgramWidth]);
        // A softmax does not see what all logits have in common.
        if (shape.HiddenWidth == 0 && student.Kind == TaskKind.SingleLabel)
            all = all - all.mean([0], keepdim: true);
        return (tensor(student[StudentShape.NgramWeight], [shape.NgramBuckets, shape.NgramWidth]), all.transpose(0, 1).reshape(-1, shape.NgramWidth));
    }
}
