using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Trainers;
using Retort.Data;
using Retort.Metrics;
using Retort.Runs;

namespace Retort.Baselines;

/// <summary>
/// Trains the linear baseline: one plane a class over <see cref="LinearFeatures"/>, by stochastic dual coordinate ascent with a smoothed
/// hinge loss and L2 regularization (Shalev-Shwartz and Zhang 2013, arXiv:1209.1873). On one thread with one seed, so that equal data
/// give an equal model.
/// </summary>
public static class LinearTraining
{
    /// <summary>The seed of every choice; the data are all that a linear model depends on.</summary>
    public const int Seed = 1;

    private const int Passes = 20;

    // Training grows with rows × classes; of more than these the first setting alone is tried.
    private const long MostWork = 1_000_000;

    // From the strongest down, so that the plainest of equals is kept.
    private static readonly float[] Grid = [1e-4f, 3e-5f, 1e-5f];

    /// <summary>Trains with each setting and keeps the one that is best on dev.</summary>
    /// <param name="train">Single-label; a soft label counts as its likeliest class.</param>
    /// <param name="dev">With the same label set.</param>
    /// <param name="progress">Told the score of each setting.</param>
    /// <param name="cancellation">Stops between settings.</param>
    /// <exception cref="RetortException">The corpus is not single-label.</exception>
    public static (LinearModel Model, LinearResult Result) Run(Corpus train, Corpus dev, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        Require(train);
        var clock = Stopwatch.StartNew();
        var context = new MLContext(Seed);
        LinearCorpus corpus = LinearCorpus.Of(context, train);
        int[] labels = dev.ClassIndices();
        IDataView devRows = corpus.Transform(dev);
        (ITransformer? best, float kept, double accuracy) = (null, 0, double.NegativeInfinity);
        foreach (float l2 in Settings(train))
        {
            cancellation.ThrowIfCancellationRequested();
            ITransformer trained = Trainer(context, l2).Fit(corpus.Rows);
            double score = SingleLabel.Accuracy(LinearModel.Scores(trained.Transform(devRows), train.Labels.Count), labels);
            progress?.Report(StageProgress.Note("baseline", FormattableString.Invariant($"linear, L2 {l2:0.#####}: dev accuracy {score:0.0000}")));
            if (score > accuracy)
                (best, kept, accuracy) = (trained, l2, score);
        }
        var model = new LinearModel(context, corpus.Features.Append(best!), corpus.Schema);
        return (model, new LinearResult(Math.Round(kept, 7), accuracy, train.Count, corpus.Width, clock.Elapsed));
    }

    internal static void Require(Corpus corpus)
    {
        if (corpus.Kind != TaskKind.SingleLabel)
            throw new RetortException($"{corpus.Source} is {(corpus.Kind == TaskKind.MultiLabel ? "multi-label" : "without labels")}: the linear baseline is for one label a text");
    }

    internal static float[] Settings(Corpus train) => (long)train.Count * train.Labels.Count > MostWork ? Grid[..1] : Grid;

    internal static IEstimator<ITransformer> Trainer(MLContext context, float l2) => context.MulticlassClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedMulticlassTrainer.Options
    {
        LabelColumnName = LinearText.Label,
        FeatureColumnName = LinearFeatures.Features,
        Loss = new SmoothedHingeLoss(),
        L2Regularization = l2,
        L1Regularization = 0,
        MaximumNumberOfIterations = Passes,
        NumberOfThreads = 1,
    });
}
