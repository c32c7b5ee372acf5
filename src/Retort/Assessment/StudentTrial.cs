using Retort.Data;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Students;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Assessment;

/// <summary>An untrained student of the recipe's shape, saved and timed in the runtime: size and speed do not depend on what it has learnt.</summary>
/// <param name="Facts">Size and latency; no accuracy.</param>
/// <param name="Vocabulary">Tokens that it knows.</param>
/// <param name="RowAdditions">Table rows added for the mean text of train: its tokens times the sum of the windows.</param>
public sealed record StudentTrial(ModelFacts Facts, int Vocabulary, double RowAdditions)
{
    private const int Turns = 4;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.3), Budget = TimeSpan.FromSeconds(0.3);

    /// <summary>Builds, saves and times it. Of several timings the quickest counts, so that what else runs here matters little.</summary>
    internal static StudentTrial Run(Recipe recipe, DataSet data, EncoderVocabulary vocabulary, int[] tokens, string scratch, Device device, CancellationToken cancellation)
    {
        // Names of classes weigh nothing; a corpus without labels has none yet.
        (LabelSet labels, TaskKind kind) = data.Train.Kind == TaskKind.Unlabelled ? (new LabelSet(["0", "1"]), TaskKind.SingleLabel) : (data.Train.Labels, data.Train.Kind);
        string folder = Path.Combine(scratch, "student");
        using (StudentBlueprint blueprint = StudentBlueprint.Draw(recipe.Student, vocabulary.Tokenizer, vocabulary.Embeddings, data.Train.Texts(), labels, kind, cancellation))
            Untrained(blueprint, recipe.Distillation.Members, data.Dev.Texts(), device, cancellation).Save(folder);
        using var student = StudentClassifier.Load(folder);
        Latency latency = LatencyMeter.Quickest(student.Answer, data.Dev.Texts(), Turns, WarmUp, Budget, cancellation);
        double rows = tokens.Average(count => (double)CostModel.RowAdditions(recipe.Student.Windows, Math.Min(count, recipe.Student.MaxLength)));
        return new StudentTrial(new ModelFacts(null, null, latency, TimedTeachers.SizeOf(folder)), File.ReadLines(Path.Combine(folder, "vocab.txt")).Count(), rows);
    }

    private static FoldedStudent Untrained(StudentBlueprint blueprint, int members, IReadOnlyList<string> texts, Device device, CancellationToken cancellation)
    {
        FoldedStudent[] all = [.. Enumerable.Range(1, members).Select(seed =>
        {
            using Student student = blueprint.Build(seed, device);
            return FoldedStudent.Of(student);
        })];
        return members == 1 ? all[0] : Members.Join(all, texts, cancellation);
    }
}
