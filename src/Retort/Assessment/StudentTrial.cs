using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Students;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>
/// A student of the recipe's shape, trained for a few steps on the teacher's word replaced by zeros: its size, its speed and the time of a step
/// do not depend on what it has learnt.
/// </summary>
/// <param name="Facts">Size and latency; no accuracy.</param>
/// <param name="StepSeconds">Of one step of distillation with the recipe's batch.</param>
/// <param name="RowAdditions">Table rows added for the mean text.</param>
public sealed record StudentTrial(ModelFacts Facts, double StepSeconds, double RowAdditions)
{
    private const int FewSteps = 4, MoreSteps = 20, DevTexts = 64;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5), Budget = TimeSpan.FromSeconds(1);

    /// <summary>Trains twice, for a few steps and for more: what both have in common, loading and looking at dev, falls out.</summary>
    internal static StudentTrial Run(Recipe recipe, DataSet data, EncoderVocabulary vocabulary, int[] tokens, string scratch, Device device, CancellationToken cancellation)
    {
        (LabelSet labels, TaskKind kind) = data.Train.Kind == TaskKind.Unlabelled ? (new LabelSet(["0", "1"]), TaskKind.SingleLabel) : (data.Train.Labels, data.Train.Kind);
        string[] texts = data.Train.Texts();
        using StudentBlueprint blueprint = StudentBlueprint.Draw(recipe.Student, vocabulary.Tokenizer, vocabulary.Embeddings, texts, labels, kind, cancellation);
        // The loss of hidden states and attention needs a teacher; what they cost is not told.
        DistillationOptions options = recipe.Distillation with
        {
            Epochs = 1,
            EvaluationsPerEpoch = 1,
            HiddenWeight = 0,
            TokenHiddenWeight = 0,
            AttentionWeight = 0,
            TermWeights = TermWeights.Fixed,
            Patience = 0,
            Seeds = [1],
        };
        Corpus dev = Sample(data.Dev, DevTexts, 0, labels, kind);
        double few = Train(FewSteps, "few"), more = Train(MoreSteps, "more");
        using var student = StudentClassifier.Load(Path.Combine(scratch, "more"));
        Latency latency = LatencyMeter.Measure(student.Answer, data.Dev.Texts(), WarmUp, Budget, null, cancellation);
        double rows = tokens.Average(count => (double)CostModel.RowAdditions(recipe.Student.Windows, Math.Min(count, recipe.Student.MaxLength)));
        return new StudentTrial(new ModelFacts(null, null, latency, SizeOf(Path.Combine(scratch, "more"))), Math.Max(0, (more - few) / (MoreSteps - FewSteps)), rows);

        double Train(int steps, string name)
        {
            Corpus corpus = Sample(data.Train, steps * options.BatchSize, 1, labels, kind);
            var zeros = new LogitTable(new float[corpus.Count * labels.Count], labels.Count);
            return Distiller.Run(options, recipe.Student, blueprint, new TransferSet(corpus, [], zeros), dev, new LogitTable(new float[dev.Count * labels.Count], labels.Count), 1, null,
                Path.Combine(scratch, name), Path.Combine(scratch, $"{name}-checkpoints"), device, null, cancellation).Elapsed.TotalSeconds;
        }
    }

    // Rows drawn with replacement, so that a small corpus gives as many steps; labelled by their number where they have none.
    private static Corpus Sample(Corpus corpus, int count, long stream, LabelSet labels, TaskKind kind)
    {
        var random = new SeededRandom(1, stream);
        Sample[] drawn = [.. Enumerable.Range(0, count).Select(_ => corpus.Samples[random.Below(corpus.Count)])];
        return corpus.Kind == TaskKind.Unlabelled
            ? corpus with { Kind = kind, Labels = labels, Samples = [.. drawn.Select((sample, k) => sample with { Label = k % labels.Count })] }
            : corpus with { Samples = drawn };
    }

    private static long SizeOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
