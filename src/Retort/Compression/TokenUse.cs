using Retort.Runtime.Model;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Compression;

/// <summary>Texts as a student reads them, and how often they use its tokens: what importance, errors and scales are weighed by.</summary>
internal sealed class TokenUse
{
    private TokenUse(int[][] texts, int vocabulary)
    {
        Texts = texts;
        long[] counts = new long[vocabulary];
        foreach (int id in texts.SelectMany(text => text))
            counts[id]++;
        Counts = counts;
    }

    /// <summary>(texts) token ids; a text may be empty.</summary>
    public IReadOnlyList<int[]> Texts { get; }

    /// <summary>(vocabulary) how often each token stands in the texts.</summary>
    public IReadOnlyList<long> Counts { get; }

    /// <summary>Encodes texts on all processors.</summary>
    public static TokenUse Of(FoldedStudent student, IReadOnlyList<string> texts, CancellationToken cancellation) =>
        new(student.Encoder().EncodeAll(texts, cancellation), student.Shape.VocabularySize);

    /// <summary>(vocabulary) float64: one more than each token's count, so that no token weighs nothing.</summary>
    public Tensor Weights() => tensor(Counts.Select(count => count + 1.0).ToArray());

    /// <summary>How often the texts use each bucket of an n-gram table, one more than that: (buckets) float64.</summary>
    public Tensor BucketWeights(int buckets)
    {
        double[] uses = new double[buckets];
        Array.Fill(uses, 1);
        foreach (int[] text in Texts)
        {
            for (int k = 1; k < text.Length; k++)
                uses[NgramHash.Bigram(text[k - 1], text[k], buckets)]++;
            for (int k = 2; k < text.Length; k++)
                uses[NgramHash.Trigram(text[k - 2], text[k - 1], text[k], buckets)]++;
        }
        return tensor(uses);
    }
}
