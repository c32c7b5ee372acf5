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
        UInt128[] keys = Keys(corpus);
        IGrouping<int, int>[] classes = [.. ByClass(corpus, keys)];
        int different = classes.Sum(ofClass => ofClass.Count());
        if (folds > different)
            throw new UsageException($"fractionation.folds is {folds}, and train has {different} different texts: expected no more folds") { Key = "fractionation.folds" };
        if (Array.Find(classes, ofClass => ofClass.Count() < 2) is { } lone)
        {
            throw new UsageException($"fractionation.folds is {folds}, and of the class '{corpus.Labels.Names[lone.Key]}' train has one text, which no encoder could answer for "
                + "that has seen the class: expected at least two different texts of each class, or folds of 0")
            { Key = "fractionation.folds" };
        }
        return Draw(keys, classes, folds, seed);
    }

    /// <summary>The same for a model that may do without a class: any number of folds, and of different texts in a class.</summary>
    internal static int[] Draw(Corpus corpus, int folds, long seed)
    {
        UInt128[] keys = Keys(corpus);
        return Draw(keys, ByClass(corpus, keys), folds, seed);
    }

    private static UInt128[] Keys(Corpus corpus) => [.. corpus.Texts().Select(TextKey.Normalized)];

    // A text with two labels counts for that of its first row.
    private static IEnumerable<IGrouping<int, int>> ByClass(Corpus corpus, UInt128[] keys)
    {
        int[] classes = corpus.Kind == TaskKind.SingleLabel ? corpus.ClassIndices() : new int[corpus.Count];
        return Enumerable.Range(0, keys.Length).DistinctBy(row => keys[row]).GroupBy(row => classes[row]).OrderBy(group => group.Key);
    }

    private static int[] Draw(UInt128[] keys, IEnumerable<IGrouping<int, int>> classes, int folds, long seed)
    {
        int next = 0;
        var fold = new Dictionary<UInt128, int>();
        foreach (IGrouping<int, int> ofClass in classes)
        {
            int[] rows = [.. ofClass];
            new SeededRandom(seed, ofClass.Key).Shuffle(rows.AsSpan());
            // Where one class ended the next goes on, so that no fold gets what is left over of each.
            foreach (int row in rows)
                fold[keys[row]] = next++ % folds;
        }
        return Array.ConvertAll(keys, key => fold[key]);
    }
}
