using Retort.Runs;
using static TorchSharp.torch;

namespace Retort.Transfer.Augmentation;

/// <summary>The words whose vectors have the largest cosine with a word's, found by comparing all with all.</summary>
public sealed class Neighbours
{
    // A block's cosines with 50,000 words take 100 MB.
    private const int Block = 512;

    private readonly Dictionary<string, string[]> _nearest;

    private Neighbours(Dictionary<string, string[]> nearest) => _nearest = nearest;

    /// <summary>No word has any.</summary>
    public static Neighbours None { get; } = new([]);

    /// <summary>How many words have some.</summary>
    public int Count => _nearest.Count;

    /// <summary>The neighbours of a word, the nearest first; empty: it has none.</summary>
    public IReadOnlyList<string> Of(string word) => _nearest.GetValueOrDefault(word, []);

    /// <summary>Compares every word with every other.</summary>
    /// <param name="words">Each once.</param>
    /// <param name="vectors">(words, width)</param>
    /// <param name="count">Neighbours of each.</param>
    /// <param name="progress">Words done.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static Neighbours Find(IReadOnlyList<string> words, Tensor vectors, int count,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var nearest = new Dictionary<string, string[]>(StringComparer.Ordinal);
        int kept = Math.Min(count, words.Count - 1);
        if (kept < 1)
            return None;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor unit = nn.functional.normalize(vectors.to(float32), dim: 1); // (words, width)
        for (int start = 0; start < words.Count; start += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("augment", start, words.Count, "words"));
            int size = Math.Min(Block, words.Count - start);
            long[] found = Nearest(unit, start, size, kept);
            for (int k = 0; k < size; k++)
                nearest[words[start + k]] = Array.ConvertAll(found[(k * kept)..((k + 1) * kept)], index => words[(int)index]);
        }
        return new Neighbours(nearest);
    }

    private static long[] Nearest(Tensor unit, int start, int size, int count)
    {
        using var scope = NewDisposeScope();
        Tensor cosines = unit.narrow(0, start, size).matmul(unit.t()); // (block, words)
        // No word is its own neighbour.
        cosines.narrow(1, start, size).diagonal().fill_(double.NegativeInfinity);
        return cosines.topk(count).indexes.data<long>().ToArray(); // (block, count)
    }
}
