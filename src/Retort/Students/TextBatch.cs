using Retort.Runs;
using Retort.Runtime.Model;
using static TorchSharp.torch;

namespace Retort.Students;

/// <summary>
/// Texts as the student reads them. The batch names each token and each row of the n-gram table once and refers to them by
/// index: per-token work is done once a token, and the sparse gradients of the two tables hold each row once. The
/// tensors belong to the DisposeScope in which the batch is made.
/// </summary>
/// <param name="Tokens">(distinct tokens) int64 ids; [UNK] comes first.</param>
/// <param name="Positions">(batch, length) int64 index into <paramref name="Tokens"/>; 0 at padding.</param>
/// <param name="Mask">(batch, length, 1) float32: 1 at a token, 0 at padding.</param>
/// <param name="Lengths">(batch, 1) float32 tokens of each text; 0 for an empty one.</param>
/// <param name="Ngrams">The hashed n-grams, or null where the student has none.</param>
public sealed record TextBatch(Tensor Tokens, Tensor Positions, Tensor Mask, Tensor Lengths, NgramBatch? Ngrams)
{
    /// <summary>Builds a batch on the CPU.</summary>
    /// <param name="texts">Student token ids; a text may be empty.</param>
    /// <param name="index">Of the student's n-gram table; null: it has none.</param>
    /// <param name="tokenDropout">Share of the tokens replaced by [UNK], n-grams included; training only.</param>
    /// <param name="random">Draws the replaced tokens; needed where <paramref name="tokenDropout"/> is not 0.</param>
    public static TextBatch Create(
        IReadOnlyList<int[]> texts, NgramIndex? index, double tokenDropout = 0, SeededRandom? random = null)
    {
        if (tokenDropout > 0)
            texts = DropTokens(texts, tokenDropout, random ?? throw new ArgumentNullException(nameof(random)));
        int length = Math.Max(1, texts.Max(text => text.Length));
        long[] positions = new long[texts.Count * length];
        float[] mask = new float[positions.Length];
        var tokens = new DistinctIds();
        tokens.IndexOf(StudentVocabulary.UnknownId);
        for (int row = 0; row < texts.Count; row++)
        {
            for (int k = 0; k < texts[row].Length; k++)
            {
                positions[row * length + k] = tokens.IndexOf(texts[row][k]);
                mask[row * length + k] = 1;
            }
        }
        return new TextBatch(
            tensor(tokens.ToArray()),
            tensor(positions, [texts.Count, length]),
            tensor(mask, [texts.Count, length, 1]),
            tensor(texts.Select(text => (float)text.Length).ToArray(), [texts.Count, 1]),
            index is null ? null : NgramBatch.Create(texts, index));
    }

    /// <summary>The same batch on a device.</summary>
    public TextBatch To(Device device) => new(
        Tokens.to(device), Positions.to(device), Mask.to(device), Lengths.to(device), Ngrams?.To(device));

    private static int[][] DropTokens(IReadOnlyList<int[]> texts, double share, SeededRandom random)
    {
        const int Parts = 1 << 30;
        int dropped = (int)(share * Parts);
        return texts.Select(text => text
            .Select(id => random.Below(Parts) < dropped ? StudentVocabulary.UnknownId : id)
            .ToArray()).ToArray();
    }
}

/// <summary>The hashed n-grams of a batch that have a row in the table.</summary>
/// <param name="Rows">(distinct rows) int64 rows of the n-gram table.</param>
/// <param name="Index">(n-grams) int64 index into <paramref name="Rows"/>.</param>
/// <param name="Bag">(n-grams) int64: twice the text's place in the batch, plus 1 for a trigram.</param>
public sealed record NgramBatch(Tensor Rows, Tensor Index, Tensor Bag)
{
    internal static NgramBatch Create(IReadOnlyList<int[]> texts, NgramIndex table)
    {
        var distinct = new DistinctIds();
        List<long> index = [], bag = [];
        for (int text = 0; text < texts.Count; text++)
        {
            foreach ((int row, int order) in table.RowsOf(texts[text]))
            {
                index.Add(distinct.IndexOf(row));
                bag.Add(NgramHash.Orders * text + order);
            }
        }
        return new NgramBatch(tensor(distinct.ToArray()), tensor(index.ToArray()), tensor(bag.ToArray()));
    }

    internal NgramBatch To(Device device) => new(Rows.to(device), Index.to(device), Bag.to(device));
}

/// <summary>Numbers ids in the order in which they are first seen.</summary>
internal sealed class DistinctIds
{
    private readonly Dictionary<long, int> _indices = [];

    public int IndexOf(long id)
    {
        if (!_indices.TryGetValue(id, out int index))
            _indices.Add(id, index = _indices.Count);
        return index;
    }

    /// <summary>The ids by index.</summary>
    public long[] ToArray()
    {
        long[] ids = new long[_indices.Count];
        foreach ((long id, int index) in _indices)
            ids[index] = id;
        return ids;
    }
}
