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

    /// <summary>(rows) float64: one more than each n-gram row's count, as <see cref="Weights"/>.</summary>
    public Tensor NgramWeights(NgramIndex index) => tensor(Array.ConvertAll(index.UsesBy(Texts), count => count + 1.0));
}
