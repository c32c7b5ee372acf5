using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Teachers;

namespace Retort.Signals;

/// <summary>Several teachers as one. Immutable.</summary>
public sealed class Ensemble
{
    private const int Steps = 500;
    private const double LeastWeight = 1e-3, Least = 1e-12;

    private readonly Combination _combination;
    private readonly TaskKind _kind;
    private readonly int[] _bestOfClass;

    private Ensemble(Combination combination, TaskKind kind, double[] weights, int[] bestOfClass) =>
        (_combination, _kind, Weights, _bestOfClass) = (combination, kind, weights, bestOfClass);

    /// <summary>(teachers) The weights that do not depend on the text; they sum to 1.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>Chooses on dev what is to be chosen there.</summary>
    /// <param name="combination">How.</param>
    /// <param name="dev">Labelled texts.</param>
    /// <param name="members">(teachers) What each says of dev.</param>
    /// <exception cref="UsageException">The combination needs dev, and a teacher knows nothing of it.</exception>
    public static Ensemble Fit(Combination combination, Corpus dev, IReadOnlyList<PartialLogits> members)
    {
        double[] equal = Enumerable.Repeat(1.0 / members.Count, members.Count).ToArray();
        if (members.Count < 2 || combination is not (Combination.DevAccuracy or Combination.Learned or Combination.ByClass))
            return new Ensemble(combination, dev.Kind, equal, []);
        int[] rows = Enumerable.Range(0, dev.Count).Where(k => members.All(member => member.Known[k])).ToArray();
        if (rows.Length == 0)
        {
            throw new UsageException("teacher.combine chooses on dev, and there is no text of dev that all teachers have a signal of: "
                + "expected signals of dev, or mean_probabilities, mean_logits, confidence or first")
            { Key = "teacher.combine" };
        }
        Corpus part = dev.Choose(rows);
        LogitTable[] logits = members.Select(member => member.Logits.Choose(rows)).ToArray();
        return combination switch
        {
            Combination.DevAccuracy => new Ensemble(combination, dev.Kind, LogOdds(part, logits), []),
            Combination.Learned => new Ensemble(combination, dev.Kind, Likeliest(part, logits), []),
            _ => new Ensemble(combination, dev.Kind, equal, BestOfClass(part, logits)),
        };
    }

    /// <summary>
    /// One teacher's logits of each text. Where one teacher alone knows a text, they are its own; where several do, they
    /// are centred at 0 over the classes.
    /// </summary>
    /// <param name="members">(teachers) What each says of the texts.</param>
    /// <param name="targets">The target of a text as a row of probabilities, or null for an unlabelled one; null: none has any.</param>
    /// <exception cref="ArgumentException">No teacher knows one of the texts.</exception>
    public LogitTable Combine(IReadOnlyList<PartialLogits> members, Func<int, float[]?>? targets = null)
    {
        int texts = members[0].Known.Length, classes = members[0].Logits.Classes;
        float[] values = new float[texts * classes];
        for (int k = 0; k < texts; k++)
        {
            int[] known = Enumerable.Range(0, members.Count).Where(m => members[m].Known[k]).ToArray();
            if (known.Length == 0)
                throw new ArgumentException($"no teacher has a signal of text {k}");
            Span<float> row = values.AsSpan(k * classes, classes);
            if (known.Length == 1 || _combination == Combination.First)
                members[known[0]].Logits.Row(k).CopyTo(row);
            else
                CombineOne(Array.ConvertAll(known, m => members[m].Logits.Row(k).ToArray()), known, targets?.Invoke(k), row);
        }
        return new LogitTable(values, classes);
    }

    private void CombineOne(float[][] logits, int[] known, float[]? target, Span<float> row)
    {
        double[][] p = Array.ConvertAll(logits, Probabilities);
        switch (_combination)
        {
            case Combination.MeanLogits:
                double[][] centred = Array.ConvertAll(logits, Centred);
                for (int c = 0; c < row.Length; c++)
                    row[c] = (float)centred.Average(values => values[c]);
                return;
            case Combination.ByClass:
                double[] mean = Mean(p, Array.ConvertAll(known, _ => 1.0));
                for (int c = 0; c < row.Length; c++)
                {
                    int member = _bestOfClass[_kind == TaskKind.MultiLabel ? c : Array.IndexOf(mean, mean.Max())];
                    int at = Math.Max(0, Array.IndexOf(known, member));
                    row[c] = (float)Centred(logits[at])[c];
                }
                return;
            default:
                double[] weights = _combination switch
                {
                    Combination.Confidence => Array.ConvertAll(p, Certainty),
                    Combination.Correctness when target is null => Array.ConvertAll(p, Certainty),
                    Combination.Correctness => Correctness(Array.ConvertAll(p, values => CrossEntropy(values, target!))),
                    _ => Array.ConvertAll(known, m => Weights[m]),
                };
                ToLogits(Mean(p, weights), row);
                return;
        }
    }

    private double[] Probabilities(float[] logits) =>
        _kind == TaskKind.MultiLabel ? Array.ConvertAll(logits, value => Probability.Sigmoid(value)) : Probability.Softmax(logits);

    // The sigmoid's logits have a meaning of their own and stay.
    private double[] Centred(float[] logits)
    {
        double mean = _kind == TaskKind.MultiLabel ? 0 : logits.Average(value => (double)value);
        return Array.ConvertAll(logits, value => value - mean);
    }

    private void ToLogits(double[] p, Span<float> row)
    {
        double[] logits = Array.ConvertAll(p, value => _kind == TaskKind.MultiLabel
            ? Math.Log(Math.Max(Least, value)) - Math.Log(Math.Max(Least, 1 - value)) : Math.Log(Math.Max(Least, value)));
        double mean = _kind == TaskKind.MultiLabel ? 0 : logits.Average();
        for (int c = 0; c < row.Length; c++)
            row[c] = (float)(logits[c] - mean);
    }

    private double Certainty(double[] p) => Math.Exp(_kind == TaskKind.MultiLabel
        ? p.Average(value => value * Math.Log(Math.Max(Least, value)) + (1 - value) * Math.Log(Math.Max(Least, 1 - value)))
        : p.Sum(value => value * Math.Log(Math.Max(Least, value))));

    private double CrossEntropy(double[] p, float[] target) => -p.Select((value, c) =>
        target[c] * Math.Log(Math.Max(Least, value))
        + (_kind == TaskKind.MultiLabel ? (1 - target[c]) * Math.Log(Math.Max(Least, 1 - value)) : 0)).Sum();

    // (1 − softmax of the losses) / (teachers − 1): equation 4 of arXiv:2201.00007.
    private static double[] Correctness(double[] losses)
    {
        double largest = losses.Max();
        double[] e = Array.ConvertAll(losses, loss => Math.Exp(loss - largest));
        double sum = e.Sum();
        return Array.ConvertAll(e, value => (1 - value / sum) / (losses.Length - 1));
    }

    private static double[] Mean(double[][] p, double[] weights)
    {
        double sum = weights.Sum();
        return Enumerable.Range(0, p[0].Length)
            .Select(c => Enumerable.Range(0, p.Length).Sum(m => weights[m] * p[m][c]) / sum).ToArray();
    }

    private static double[] LogOdds(Corpus dev, LogitTable[] members)
    {
        double[] weights = Array.ConvertAll(members, logits =>
        {
            // As if one text more had been right and one more wrong: nobody is certain.
            double right = (Accuracy(dev, logits) * dev.Count + 1) / (dev.Count + 2);
            return Math.Max(LeastWeight, Math.Log(right / (1 - right)));
        });
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }

    private static double Accuracy(Corpus dev, LogitTable logits) => dev.Kind == TaskKind.MultiLabel
        ? MultiLabel.SubsetAccuracy(logits, dev.TargetRows()) : SingleLabel.Accuracy(logits, dev.ClassIndices());

    /// <summary>The weights of a mixture by expectation and maximization: each step raises the likelihood of dev.</summary>
    private static double[] Likeliest(Corpus dev, LogitTable[] members)
    {
        var ensemble = new Ensemble(Combination.Learned, dev.Kind, [], []);
        double[][] likelihood = Enumerable.Range(0, dev.Count).Select(k => Array.ConvertAll(members, logits =>
            Math.Exp(-ensemble.CrossEntropy(ensemble.Probabilities(logits.Row(k).ToArray()), dev.TargetRow(k))))).ToArray();
        double[] weights = Enumerable.Repeat(1.0 / members.Length, members.Length).ToArray();
        for (int step = 0; step < Steps; step++)
        {
            double[] next = new double[weights.Length];
            foreach (double[] row in likelihood)
            {
                double sum = 0;
                for (int m = 0; m < row.Length; m++)
                    sum += weights[m] * row[m];
                for (int m = 0; m < row.Length; m++)
                    next[m] += weights[m] * row[m] / sum / likelihood.Length;
            }
            weights = next;
        }
        return weights;
    }

    private static int[] BestOfClass(Corpus dev, LogitTable[] members)
    {
        double[][] f1 = Array.ConvertAll(members, logits => (dev.Kind == TaskKind.MultiLabel
            ? MultiLabel.PerClass(logits, dev.TargetRows()) : SingleLabel.Confusion(logits, dev.ClassIndices()).PerClass)
            .Select(scores => scores.IsAbsent ? 0 : scores.F1).ToArray());
        return Enumerable.Range(0, dev.Labels.Count)
            .Select(c => Enumerable.Range(0, members.Length).MaxBy(m => f1[m][c])).ToArray();
    }
}
