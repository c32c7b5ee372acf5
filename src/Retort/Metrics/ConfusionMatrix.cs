namespace Retort.Metrics;

/// <summary>How often each class was taken for each. Immutable.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[,] _counts;

    private ConfusionMatrix(int[,] counts)
    {
        _counts = counts;
        PerClass = Enumerable.Range(0, Classes).Select(Scores).ToArray();
    }

    public int Classes => _counts.GetLength(0);

    /// <summary>Texts of class <paramref name="truth"/> that were given class <paramref name="predicted"/>.</summary>
    public int this[int truth, int predicted] => _counts[truth, predicted];

    /// <summary>The scores of each class, in index order.</summary>
    public IReadOnlyList<ClassScores> PerClass { get; }

    /// <summary>See <see cref="ClassScores.MacroF1"/>.</summary>
    public double MacroF1 => ClassScores.MacroF1(PerClass);

    /// <summary>Share of texts on the diagonal.</summary>
    public double Accuracy
    {
        get
        {
            int hits = 0;
            for (int k = 0; k < Classes; k++)
                hits += _counts[k, k];
            return (double)hits / PerClass.Sum(scores => scores.Support);
        }
    }

    /// <summary>Counts pairs of classes.</summary>
    /// <param name="truth">The class of each text.</param>
    /// <param name="predicted">The class that each text was given.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="ArgumentException">No texts, lists of unlike length, or a class that does not exist.</exception>
    public static ConfusionMatrix Of(IReadOnlyList<int> truth, IReadOnlyList<int> predicted, int classes)
    {
        Require.SameCount(truth.Count, "labels", predicted.Count, "predictions");
        Require.Classes(truth, classes, "label");
        Require.Classes(predicted, classes, "prediction");
        int[,] counts = new int[classes, classes];
        for (int i = 0; i < truth.Count; i++)
            counts[truth[i], predicted[i]]++;
        return new ConfusionMatrix(counts);
    }

    /// <summary>A copy as [truth][predicted].</summary>
    public int[][] ToRows() => Enumerable.Range(0, Classes)
        .Select(truth => Enumerable.Range(0, Classes).Select(predicted => _counts[truth, predicted]).ToArray()).ToArray();

    private ClassScores Scores(int index)
    {
        int support = 0, predicted = 0;
        for (int k = 0; k < Classes; k++)
        {
            support += _counts[index, k];
            predicted += _counts[k, index];
        }
        return ClassScores.From(_counts[index, index], support, predicted);
    }
}
