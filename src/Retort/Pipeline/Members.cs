using Retort.Compression;
using Retort.Data;
using Retort.Metrics;
using Retort.Students;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>The students that are trained for one, and what becomes of them.</summary>
internal static class Members
{
    // Seeds as a recipe has them do not lie so far apart.
    private const long Stride = 1_000_003;

    /// <summary>The seed of a student's member, from 1: the first has the student's own, so that more of them leave those that are trained as they are.</summary>
    public static int SeedOf(int seed, int member) => (int)((seed + (member - 1) * Stride) % int.MaxValue);

    /// <summary>Writes the students of some folders as one, with a temperature of its own.</summary>
    /// <param name="folders">Theirs.</param>
    /// <param name="trainings">How they were trained.</param>
    /// <param name="dev">What the temperature is fitted on.</param>
    /// <param name="devTeacher">The teacher's logits on dev, or null.</param>
    /// <param name="output">The folder of the one.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Stops between texts.</param>
    /// <returns>As many steps as the longest training had, one look at dev behind them, and the time of all.</returns>
    public static TrainingResult Merge(IReadOnlyList<string> folders, IReadOnlyList<TrainingResult> trainings, Corpus dev, LogitTable? devTeacher, string output, Device device,
        CancellationToken cancellation)
    {
        FoldedStudent merged = Join([.. folders.Select(FoldedStudent.Load)], dev.Texts(), cancellation);
        using Student student = merged.ToStudent(device);
        LogitTable logits = student.Logits(dev.Texts(), cancellation);
        (merged with { Temperature = TemperatureFit.Fit(dev, logits) }).Save(output);
        long steps = trainings.Max(training => training.Steps);
        var look = new Look(steps, DevScores.Of(dev, logits, devTeacher));
        return new TrainingResult(steps, steps, look.Scores, [look], TimeSpan.FromTicks(trainings.Sum(training => training.Elapsed.Ticks)));
    }

    /// <summary>Some students as one, with no more columns of n-grams than the next layer sees.</summary>
    /// <param name="members">Of one run.</param>
    /// <param name="texts">Some that it will read.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static FoldedStudent Join(IReadOnlyList<FoldedStudent> members, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        FoldedStudent merged = MergedStudent.Of(members);
        return merged.Shape.NgramBuckets > 0 && NgramReduction.ExactWidth(merged) is var width && width < merged.Shape.NgramWidth
            ? NgramReduction.Narrow(merged, TokenUse.Of(merged, texts, cancellation), width) : merged;
    }
}
