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

    /// <summary>Compares every word with every other of its space.</summary>
    /// <param name="spaces">No word stands in two.</param>
    /// <param name="count">Neighbours of each.</param>
    /// <param name="progress">Words done.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static Neighbours Find(IReadOnlyList<WordSpace> spaces, int count,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var nearest = new Dictionary<string, string[]>(StringComparer.Ordinal);
        int all = spaces.Sum(space => space.Words.Count);
        foreach (WordSpace space in spaces.Where(space => space.Words.Count > 1))
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            Tensor unit = nn.functional.normalize(space.Vectors.to(float32), dim: 1); // (words, width)
            int kept = Math.Min(count, space.Words.Count - 1);
            for (int start = 0; start < space.Words.Count; start += Block)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new StageProgress("augment", nearest.Count, all, "words"));
                int size = Math.Min(Block, space.Words.Count - start);
                long[] found = Nearest(unit, start, size, kept);
                for (int k = 0; k < size; k++)
                    nearest[space.Words[start + k]] = Array.ConvertAll(found[(k * kept)..((k + 1) * kept)], index => space.Words[(int)index]);
            }
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
