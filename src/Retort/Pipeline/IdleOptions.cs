using Retort.Distillation;

namespace Retort.Pipeline;

/// <summary>Options that another option switches off: to set one is an error, and a written recipe holds it as a comment.</summary>
internal static class IdleOptions
{
    private static readonly (string Key, Func<Recipe, string?> Reason)[] Rules =
    [
        ("distillation.soft_label_loss", WithoutSoftLabels),
        ("distillation.temperature", recipe => WithoutSoftLabels(recipe)
            ?? (recipe.Distillation.SoftLabelLoss == SoftLabelLoss.Mse ? "distillation.soft_label_loss is mse" : null)),
        ("transfer.near_duplicates", recipe => recipe.Transfer.Unlabelled.Length == 0 ? "transfer.unlabelled is empty" : null),
        ("student.ngram_width", recipe => recipe.Student.NgramBuckets == 0 ? "student.ngram_buckets is 0" : null),
        ("data.dev_fraction", recipe => recipe.Data.Dev.Length > 0 ? "data.dev names a file" : null),
        ("data.test_fraction", recipe => recipe.Data.Test.Length > 0 ? "data.test names a file" : null),
        ("data.split_seed", recipe => recipe.Data.Dev.Length > 0 && recipe.Data.Test.Length > 0
            ? "data.dev and data.test name files" : null),
        ("data.header", WithoutColumnLines),
        .. RecipeSchema.Values.Select(key => key.Name)
            .Where(key => key.StartsWith("teacher.", StringComparison.Ordinal) && key != "teacher.model")
            .Select(key => (key, (Func<Recipe, string?>)WithFinishedTeacher)),
    ];

    /// <summary>Why a key has no effect in this recipe, or null where it has one.</summary>
    public static string? Reason(string key, Recipe recipe) =>
        Rules.FirstOrDefault(rule => rule.Key == key).Reason?.Invoke(recipe);

    private static string? WithoutSoftLabels(Recipe recipe) =>
        recipe.Distillation.SoftLabelWeight == 0 ? "distillation.soft_label_weight is 0" : null;

    private static string? WithFinishedTeacher(Recipe recipe) =>
        recipe.Teacher.Model.Length > 0 ? "teacher.model names a finished teacher" : null;

    private static string? WithoutColumnLines(Recipe recipe)
    {
        string[] files = [recipe.Data.Train, recipe.Data.Dev, recipe.Data.Test, recipe.Transfer.Unlabelled];
        bool named = Array.Exists(files, file => file.Length > 0);
        return named && !Array.Exists(files, HasColumnLine) ? "no data file is .tsv or .csv" : null;
    }

    private static bool HasColumnLine(string file) =>
        file.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
}
