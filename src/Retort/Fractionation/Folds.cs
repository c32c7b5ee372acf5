using Retort.Data;
using Retort.Runs;

namespace Retort.Fractionation;

/// <summary>Parts a labelled corpus, so that each text is answered for by a teacher that has not learnt from it.</summary>
public static class Folds
{
    /// <summary>
    /// The fold of each text: drawn by the seed, of nearly equal size within each class. Texts that are alike but for case, width or blanks
    /// stand in one fold.
    /// </summary>
    /// <param name="corpus">The texts, with their labels.</param>
    /// <param name="folds">How many, at least 2.</param>
    /// <param name="seed">Of the draw.</param>
    /// <exception cref="UsageException">A class has too few different texts to stand both inside and outside of a fold.</exception>
    public static int[] Assign(Corpus corpus, int folds, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        bool one = corpus.Kind == TaskKind.SingleLabel;
        UInt128[] keys = [.. corpus.Texts().Select(TextKey.Normalized)];
        int[] classes = one ? corpus.ClassIndices() : new int[corpus.Count];
        // A text with two labels counts for that of its first row.
        int[] firsts = [.. Enumerable.Range(0, keys.Length).DistinctBy(row => keys[row])];
        if (folds > firsts.Length)
            throw new UsageException($"fractionation.folds is {folds}, and train has {firsts.Length} different texts: expected no more folds") { Key = "fractionation.folds" };
        int next = 0;
        var fold = new Dictionary<UInt128, int>(firsts.Length);
        foreach (IGrouping<int, int> ofClass in firsts.GroupBy(row => classes[row]).OrderBy(group => group.Key))
        {
            int[] rows = [.. ofClass];
            if (rows.Length < 2)
            {
                throw new UsageException($"fractionation.folds is {folds}, and of the class '{corpus.Labels.Names[ofClass.Key]}' train has one text, which no encoder could answer for "
                    + "that has seen the class: expected at least two different texts of each class, or folds of 0")
                { Key = "fractionation.folds" };
            }
            new SeededRandom(seed, ofClass.Key).Shuffle(rows.AsSpan());
            // Where one class ended the next goes on, so that no fold gets what is left over of each.
            foreach (int row in rows)
                fold[keys[row]] = next++ % folds;
        }
        return Array.ConvertAll(keys, key => fold[key]);
    }
}
