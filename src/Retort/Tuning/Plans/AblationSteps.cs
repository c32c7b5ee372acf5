using Retort.Pipeline;
using Retort.Teachers;
using Retort.Teachers.Sources;
using Retort.Tuning.Space;

namespace Retort.Tuning.Plans;

/// <summary>Something that a recipe may add to a distillation on train's soft labels.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Off">What switches it off.</param>
/// <param name="On">What switches it on where the recipe does not.</param>
internal sealed record AblationStep(string Name, IReadOnlyDictionary<string, string> Off, IReadOnlyDictionary<string, string> On);

/// <summary>The steps that a team would take, one after the other, as far as a recipe has them or a default stands for them.</summary>
internal static class AblationSteps
{
    private static readonly string[] Weights = ["distillation.hidden_weight", "distillation.token_hidden_weight", "distillation.attention_weight"];

    /// <param name="recipe">The recipe.</param>
    /// <param name="note">Told of steps that are left out, and of defaults.</param>
    public static IReadOnlyList<AblationStep> Of(Recipe recipe, Action<string> note)
    {
        var steps = new List<AblationStep>();
        if (recipe.Transfer.Unlabelled.Length > 0 || recipe.Augmentation.IsOn)
            steps.Add(new("+ transfer set", Defaults(recipe, "transfer", "augmentation"), Nothing));
        else
            note("the step + transfer set is left out: the recipe has no unlabelled or augmented texts (transfer.unlabelled, augmentation.copies)");
        AddWithDefault("+ fractionation", Defaults(recipe, "fractionation"), recipe.Fractionation.IsOn, new() { ["fractionation.scores"] = "[entropy]" });
        AddWithDefault("+ intermediate layers", new SortedDictionary<string, string>(Weights.ToDictionary(key => key, _ => "0")), Weights.Any(key => PointCheck.ValueOf(recipe, key) != "0"),
            // Where these terms were worth something, states of tokens were worth more than pooled ones: docs/results.md.
            HasInside(recipe) ? new() { ["distillation.token_hidden_weight"] = "1" } : new() { ["distillation.hidden_weight"] = "1", ["hidden.loss"] = "cosine" });
        return steps;

        void AddWithDefault(string name, IReadOnlyDictionary<string, string> off, bool isOn, SortedDictionary<string, string> standing)
        {
            var step = new AblationStep(name, off, isOn ? Nothing : standing);
            new PointCheck(recipe).Effective(step.On, out string reason);
            if (reason.Length > 0)
            {
                note($"the step {name} is left out: {reason}");
                return;
            }
            if (!isOn)
                note($"the step {name} is by default {string.Join(", ", standing.Select(change => $"{change.Key}={change.Value}"))}: the recipe has none");
            steps.Add(step);
        }
    }

    // Packages of npm are not unpacked here; nearly all are ONNX models.
    private static bool HasInside(Recipe recipe) => recipe.Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned
        || (teacher.Kind == TeacherKind.Model && !teacher.Place.StartsWith(NpmReference.Scheme, StringComparison.Ordinal) && OnnxTeacherFiles.Find(teacher.Place) is null));

    private static IReadOnlyDictionary<string, string> Nothing { get; } = new SortedDictionary<string, string>();

    /// <summary>What brings sections to their defaults.</summary>
    private static SortedDictionary<string, string> Defaults(Recipe recipe, params string[] sections)
    {
        var plain = new Recipe();
        return new SortedDictionary<string, string>(RecipeSchema.Values.Where(key => key.Section is { } section && sections.Contains(section.Name))
            .Where(key => !key.IsSame(recipe, plain))
            .ToDictionary(key => key.Name, key => key.Read(plain) is string text ? text : PointCheck.ValueOf(plain, key.Name)), StringComparer.Ordinal);
    }
}
