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
        StudentShape shape = student.Shape;
        string reader = student.Reader;
        return student.WithNgrams(null, (reader, Columns(student[reader], shape.PooledWidth, 0, shape.PooledWidth - NgramHash.Orders * shape.NgramWidth)));
    }

    /// <summary>
    /// The table with the rows that move the answers to the texts most; n-grams of the others count as none. Hashing into fewer buckets instead would make those that matter share
    /// their row with those that do not.
    /// </summary>
    /// <param name="student">With an n-gram table.</param>
    /// <param name="use">Texts as it reads them.</param>
    /// <param name="rows">How many stay, at least one.</param>
    public static FoldedStudent Prune(FoldedStudent student, TokenUse use, int rows)
    {
        int width = student.Shape.NgramWidth;
        double[] influence = Influence(student, use);
        bool[] kept = new bool[influence.Length];
        foreach (int row in Enumerable.Range(0, influence.Length).OrderByDescending(row => influence[row]).ThenBy(row => row).Take(rows))
            kept[row] = true;
        float[] values = student[StudentShape.NgramWeight];
        float[] fewer = [.. Enumerable.Range(0, kept.Length).Where(row => kept[row]).SelectMany(row => new ArraySegment<float>(values, row * width, width))];
        return student.WithNgrams(student.Ngrams!.Keep(kept), (StudentShape.NgramWeight, fewer));
    }

    /// <summary>(rows) how far, squared, a row moves the next layer, times how often the texts use it.</summary>
    public static double[] Influence(FoldedStudent student, TokenUse use)
    {
        using var scope = NewDisposeScope();
        (Tensor rows, Tensor weights) = Factors(student);
        // |W x|² is x G x.
        float[] moves = (rows.matmul(weights.t().matmul(weights)) * rows).sum(1).clamp_min(0).data<float>().ToArray();
        return [.. student.Ngrams!.UsesBy(use.Texts).Select((count, row) => count * (double)moves[row])];
    }

    /// <summary>
    /// The table of a student whose tokens have other ids: a bucket's row is the mean of the n-grams that the texts have there, and there are as many rows as before.
    /// </summary>
    /// <param name="student">With the table as it is.</param>
    /// <param name="renamed">The student with the new vocabulary.</param>
    /// <param name="before">(texts) the ids of the present vocabulary.</param>
    /// <param name="use">The same texts, as the new one has them.</param>
    public static FoldedStudent Rehash(FoldedStudent student, FoldedStudent renamed, IReadOnlyList<int[]> before, TokenUse use)
    {
        StudentShape shape = student.Shape;
        float[] rows = student[StudentShape.NgramWeight];
        int width = shape.NgramWidth, buckets = shape.NgramBuckets;
        double[] sums = new double[(long)buckets * width];
        long[] counts = new long[buckets];
        for (int text = 0; text < before.Count; text++)
        {
            int[] old = before[text], ids = use.Texts[text];
            for (int k = 1; k < ids.Length; k++)
            {
                Add(student.Ngrams!.Bigram(old[k - 1], old[k]), NgramHash.Bigram(ids[k - 1], ids[k], buckets));
                if (k > 1)
                    Add(student.Ngrams.Trigram(old[k - 2], old[k - 1], old[k]), NgramHash.Trigram(ids[k - 2], ids[k - 1], ids[k], buckets));
            }
        }
        float[] means = new float[sums.Length];
        for (int k = 0; k < means.Length; k++)
            means[k] = (float)(sums[k] / Math.Max(counts[k / width], 1));
        FoldedStudent full = renamed.WithNgrams(NgramIndex.All(buckets), (StudentShape.NgramWeight, means));
        return shape.NgramRows is { } kept ? Prune(full, use, kept) : full;

        void Add(int from, long to)
        {
            counts[to]++;
            if (from == NgramIndex.None)
                return;
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
        (Tensor newRows, Tensor newWeights) = LowRank.Factorize(rows, use.NgramWeights(student.Ngrams!), weights, width);
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

    // (rows, width), and what reads them: (orders · outputs, width).
    private static (Tensor Rows, Tensor Weights) Factors(FoldedStudent student)
    {
        StudentShape shape = student.Shape;
        float[] reader = student[student.Reader];
        int outputs = reader.Length / shape.PooledWidth, own = NgramHash.Orders * shape.NgramWidth;
        Tensor all = tensor(Columns(reader, shape.PooledWidth, shape.PooledWidth - own, own), [outputs, NgramHash.Orders, shape.NgramWidth]);
        // A softmax does not see what all logits have in common.
        if (shape.HiddenWidth == 0 && student.Kind == TaskKind.SingleLabel)
            all = all - all.mean([0], keepdim: true);
        return (tensor(student[StudentShape.NgramWeight], [shape.NgramRowCount, shape.NgramWidth]), all.transpose(0, 1).reshape(-1, shape.NgramWidth));
    }
}
