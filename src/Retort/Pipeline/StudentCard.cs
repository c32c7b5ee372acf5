using Retort.Data;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Runs;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Students;
using Retort.Teachers;

namespace Retort.Pipeline;

/// <summary>Writes what stands beside the student that a run hands over: its card, from what the run knows, and what it says of dev.</summary>
internal static class StudentCard
{
    /// <param name="recipe">The run's.</param>
    /// <param name="folder">Where the student stands.</param>
    /// <param name="folded">The student.</param>
    /// <param name="data">The corpus.</param>
    /// <param name="student">The training whose student is handed over.</param>
    /// <param name="models">All models, scored.</param>
    /// <param name="now">The date of the card.</param>
    /// <param name="cancellation">Stops between texts.</param>
    public static void Write(Recipe recipe, string folder, FoldedStudent folded, DataSet data, StudentRun student, IReadOnlyList<ModelReport> models, DateTimeOffset now, CancellationToken cancellation)
    {
        var facts = new CardFacts
        {
            Name = recipe.Name,
            Seed = student.Seed,
            Data = data.Report,
            Kind = folded.Kind,
            Fingerprint = CorpusHash.Of(data.Train, data.Dev, data.Test),
            LearntFrom = student.Texts,
            LearntByLabels = recipe.Fractionation.LearnsUnchosen,
            Teachers = [.. recipe.Teacher.Parsed().Select(teacher => Teacher(recipe, teacher))],
            Models =
            [
                Model(models.First(model => model.Role == student.Role && model.Seed == student.Seed)),
                .. models.Where(model => model.Role != student.Role && (model.Role == Role.Teacher || model.Seed == student.Seed)).Select(Model),
            ],
            Fit = TextFit.Of(folded, data.Test.Texts(), cancellation),
            Shape = folded.Shape,
            MaxLength = folded.MaxLength,
            Vocabulary = folded.Vocabulary.Count,
            Cpu = Origin.Cpu(),
            Date = now,
        };
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), ModelCard.ToMarkdown(facts));
        using var classifier = TextClassifier.Load(folder);
        AtomicFile.WriteText(Path.Combine(folder, ReferenceDistribution.Name),
            ReferenceDistribution.Of(classifier.ClassifyAll(data.Dev.Texts(), recipe.Machine.Threads), classifier.Labels.Count).ToJson());

        // Of a role's seeds the first alone is timed.
        CardModel Model(ModelReport model)
        {
            ModelReport? timed = models.FirstOrDefault(one => one.Role == model.Role && one.Latency is not null);
            return new CardModel(model.Role, model.Test, model.Bytes, timed?.Latency) { TimedSeed = timed is null || timed.Seed == model.Seed ? null : timed.Seed };
        }
    }

    private static CardTeacher Teacher(Recipe recipe, NamedTeacher teacher) => teacher.Kind switch
    {
        TeacherKind.FineTuned => new($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(recipe.Teacher.Encoder))}, fine-tuned", ModelLicence.Of(recipe.Teacher.Encoder)),
        TeacherKind.Model => new(teacher.Name, ModelLicence.Of(teacher.Place)),
        _ => new(teacher.Name, null),
    };
}
