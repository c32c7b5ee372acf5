using Retort.Runtime.Model;
using Retort.Runtime.Text;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>
/// Fewer tokens: those stay whose absence would change the tables' sums most, counted over the texts. A word whose token goes
/// is read in smaller pieces where the vocabulary has them, and as [UNK] otherwise, whose embedding takes in those that became it.
/// </summary>
internal static class VocabularyTrim
{
    private const int TokensAtOnce = 1024;

    /// <summary>The student with the most influential tokens.</summary>
    /// <param name="student">The student.</param>
    /// <param name="texts">The raw texts.</param>
    /// <param name="use">The same as it reads them.</param>
    /// <param name="tokens">How many to keep, [UNK] included.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static FoldedStudent Apply(FoldedStudent student, IReadOnlyList<string> texts, TokenUse use, int tokens, CancellationToken cancellation)
    {
        StudentShape shape = student.Shape;
        double[] influence = Influence(student, use);
        // Ids stay in the order of frequency.
        int[] kept = [StudentVocabulary.UnknownId, .. Enumerable.Range(1, shape.VocabularySize - 1).OrderByDescending(id => influence[id]).ThenBy(id => id).Take(tokens - 1).Order()];
        int[] idOf = new int[shape.VocabularySize];
        for (int k = 0; k < kept.Length; k++)
            idOf[kept[k]] = k;
        var vocabulary = new Vocabulary(kept.Select(id => student.Vocabulary[id]));
        float[] rows = student[StudentShape.EmbeddingWeight];
        float[] narrow = [.. kept.SelectMany(id => new ArraySegment<float>(rows, id * shape.EmbeddingWidth, shape.EmbeddingWidth))];
        var trimmed = student.With(shape with { VocabularySize = tokens }, (StudentShape.EmbeddingWeight, narrow)) with { Vocabulary = vocabulary };
        TokenUse read = TokenUse.Of(trimmed, texts, cancellation);
        // As a word of its own: a piece within words is unknown where its word is, which is as often something else.
        StudentEncoder encoder = trimmed.Encoder();
        int[] unknown = [.. Enumerable.Range(1, shape.VocabularySize - 1).Where(id => idOf[id] == 0 && encoder.Encode(student.Vocabulary[id]) is [StudentVocabulary.UnknownId])];
        MergeIntoUnknown(narrow, use, rows, unknown, shape.EmbeddingWidth);
        if (shape.NgramBuckets == 0)
            return trimmed.With(trimmed.Shape, (StudentShape.EmbeddingWeight, narrow));
        int[][] before = [.. read.Texts.Select(text => Array.ConvertAll(text, id => kept[id]))];
        return NgramReduction.Rehash(student, trimmed.With(trimmed.Shape, (StudentShape.EmbeddingWeight, narrow)), before, read);
    }

    /// <summary>(vocabulary) a token's count times how far its table row is from that of [UNK].</summary>
    public static double[] Influence(FoldedStudent student, TokenUse use)
    {
        StudentShape shape = student.Shape;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor rows = student.Embeddings();
        Tensor filters = student.Filters();
        Tensor gram = filters.t().matmul(filters); // |x W|² is x G x
        Tensor unknown = rows.narrow(0, StudentVocabulary.UnknownId, 1);
        double[] influence = new double[shape.VocabularySize];
        for (int start = 0; start < shape.VocabularySize; start += TokensAtOnce)
        {
            using var each = NewDisposeScope();
            Tensor away = rows.narrow(0, start, Math.Min(TokensAtOnce, shape.VocabularySize - start)) - unknown;
            float[] distance = (away.matmul(gram) * away).sum(1).clamp_min(0).sqrt().data<float>().ToArray();
            for (int k = 0; k < distance.Length; k++)
                influence[start + k] = use.Counts[start + k] * distance[k];
        }
        return influence;
    }

    /// <summary>The embedding of [UNK], as what it stands for now: by their uses itself and the tokens that become it, itself for a tenth of them at least.</summary>
    private static void MergeIntoUnknown(float[] narrow, TokenUse use, float[] rows, int[] unknown, int width)
    {
        double added = unknown.Sum(id => (double)use.Counts[id]), own = Math.Max(use.Counts[StudentVocabulary.UnknownId], added / 10);
        if (added == 0)
            return;
        for (int c = 0; c < width; c++)
            narrow[c] = (float)((own * narrow[c] + unknown.Sum(id => use.Counts[id] * (double)rows[id * width + c])) / (own + added));
    }
}
