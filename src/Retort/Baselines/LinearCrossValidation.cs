using Microsoft.ML;
using Retort.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Baselines;

/// <summary>What the linear model says of texts that it has not learnt from.</summary>
/// <param name="Rows">The texts, by their places in the corpus.</param>
/// <param name="Logits">One row a text, in this order.</param>
/// <param name="Accuracy">Share of the texts with the given label.</param>
/// <param name="Doubtful">Texts whose label the model speaks against: see <see cref="LinearCrossValidation"/>; the surest first.</param>
public sealed record CrossValidated(IReadOnlyList<int> Rows, LogitTable Logits, double Accuracy, IReadOnlyList<DoubtfulLabel> Doubtful);

/// <summary>A label that may be wrong.</summary>
/// <param name="Row">The text's place in the corpus.</param>
/// <param name="Label">The class it has.</param>
/// <param name="Likely">The class that the model gives.</param>
/// <param name="Probability">Of that class.</param>
public sealed record DoubtfulLabel(int Row, int Label, int Likely, double Probability);

/// <summary>
/// Cross-validation of the linear model, and the labels it doubts by confident learning (Northcutt, Jiang and Chuang 2021,
/// arXiv:1911.00068): a text is doubtful whose likeliest class is another than its label and as probable as that class is, on average,
/// for the texts labelled with it. Word counts and which n-grams there are come from all texts; labels only from the other folds.
/// </summary>
public static class LinearCrossValidation
{
    /// <summary>Parts that take turns at being judged.</summary>
    public const int Folds = 5;

    /// <summary>Texts that are looked at; of a larger corpus as many are drawn.</summary>
    public const int MostTexts = 20_000;

    /// <summary>Trains a model for each fold.</summary>
    /// <param name="corpus">Single-label.</param>
    /// <param name="regularization">As chosen by <see cref="LinearTraining"/>.</param>
    /// <param name="progress">Told of the folds.</param>
    /// <param name="cancellation">Stops between folds.</param>
    /// <exception cref="RetortException">The corpus is not single-label.</exception>
    public static CrossValidated Run(Corpus corpus, double regularization, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        LinearTraining.Require(corpus);
        int[] rows = Draw(corpus);
        Corpus drawn = corpus.Choose(rows);
        int[] folds = Fractionation.Folds.Draw(drawn, Folds, LinearTraining.Seed), labels = drawn.ClassIndices();
        var context = new MLContext(LinearTraining.Seed);
        var features = LinearCorpus.Of(context, drawn);
        float[] logits = new float[rows.Length * corpus.Labels.Count];
        for (int fold = 0; fold < Folds; fold++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("assess", fold, Folds, "folds"));
            int[] held = [.. Enumerable.Range(0, rows.Length).Where(k => folds[k] == fold)], others = [.. Enumerable.Range(0, rows.Length).Where(k => folds[k] != fold)];
            if (held.Length == 0 || others.Length == 0)
                continue;
            ITransformer model = LinearTraining.Trainer(context, (float)regularization).Fit(features.Transform(drawn.Choose(others)));
            LogitTable scores = LinearModel.Scores(model.Transform(features.Transform(drawn.Choose(held))), corpus.Labels.Count);
            for (int k = 0; k < held.Length; k++)
                scores.Row(k).CopyTo(logits.AsSpan(held[k] * corpus.Labels.Count));
        }
        var table = new LogitTable(logits, corpus.Labels.Count);
        return new CrossValidated(rows, table, SingleLabel.Accuracy(table, labels), Doubt(table, labels, rows));
    }

    /// <summary>The labels that the logits speak against.</summary>
    /// <param name="logits">Of texts that the model had not seen.</param>
    /// <param name="labels">Those of the texts.</param>
    /// <param name="rows">What to call the texts.</param>
    internal static IReadOnlyList<DoubtfulLabel> Doubt(LogitTable logits, int[] labels, int[] rows)
    {
        double temperature = TemperatureFit.Fit(logits, labels);
        double[][] probabilities = new double[labels.Length][];
        double[] sums = new double[logits.Classes];
        int[] counts = new int[logits.Classes];
        for (int k = 0; k < labels.Length; k++)
        {
            double[] row = new double[logits.Classes];
            Probability.LogSoftmax(logits.Row(k), temperature, row);
            probabilities[k] = Array.ConvertAll(row, Math.Exp);
            sums[labels[k]] += probabilities[k][labels[k]];
            counts[labels[k]]++;
        }
        return [.. Enumerable.Range(0, labels.Length)
            .Select(k => (k, Likely: logits.ArgMax(k)))
            .Where(text => text.Likely != labels[text.k] && counts[text.Likely] > 0 && probabilities[text.k][text.Likely] >= sums[text.Likely] / counts[text.Likely])
            .Select(text => new DoubtfulLabel(rows[text.k], labels[text.k], text.Likely, probabilities[text.k][text.Likely]))
            .OrderByDescending(doubt => doubt.Probability)];
    }

    private static int[] Draw(Corpus corpus)
    {
        int[] rows = [.. Enumerable.Range(0, corpus.Count)];
        if (rows.Length <= MostTexts)
            return rows;
        new SeededRandom(LinearTraining.Seed).Shuffle(rows.AsSpan());
        return [.. rows.Take(MostTexts).Order()];
    }
}
