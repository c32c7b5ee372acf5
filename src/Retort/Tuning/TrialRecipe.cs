using Retort.Distillation;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Teachers;
using Retort.Tuning.Space;

namespace Retort.Tuning;

/// <summary>The recipes of a study's runs.</summary>
internal static class TrialRecipe
{
    /// <summary>Sections that a teacher is made by: where one of their keys varies, each trial has a teacher of its own.</summary>
    private static readonly string[] OfTeacher = ["teacher.", "self_training.", "data."];

    private const string Trials = "trials";

    /// <summary>Whether all points have the same teacher.</summary>
    public static bool SharesTeacher(SearchSpace space) =>
        !space.Parameters.Any(parameter => OfTeacher.Any(section => parameter.Key.StartsWith(section, StringComparison.Ordinal)));

    /// <summary>The recipe with the teacher and the signals of its run, as a finished teacher.</summary>
    public static Recipe WithTeacherOf(Recipe recipe)
    {
        string run = recipe.RunFolder();
        string[] sources = [.. recipe.Teacher.Parsed().Select((source, k) => source.Kind == TeacherKind.FineTuned ? Path.Combine(run, "teacher") : recipe.Teacher.Sources[k])];
        return recipe with
        {
            Teacher = recipe.Teacher with { Sources = sources, SoftLabels = "" },
            SelfTraining = recipe.SelfTraining with { Rounds = 0 },
            Labelling = recipe.Labelling with { Cache = TeacherPanel.CacheOf(recipe, run) },
        };
    }

    /// <summary>The recipe of a trial, whose run stands in the study's folder.</summary>
    /// <param name="studied">What is changed.</param>
    /// <param name="configuration">What it changes.</param>
    /// <param name="trial">The seed and the epochs.</param>
    /// <param name="folder">The study's.</param>
    /// <param name="threads">Its share of the machine.</param>
    /// <param name="ablating">Whether students with a teacher and without are compared: then none is compressed, as only those with one would be.</param>
    public static Recipe Of(Recipe studied, Configuration configuration, Trial trial, string folder, int threads, bool ablating)
    {
        Recipe at = PointCheck.At(studied, configuration.Changes);
        return at with
        {
            Name = NameOf(trial),
            Runs = Path.Combine(folder, Trials),
            Results = "",
            Distillation = at.Distillation with { Seeds = [trial.Seed], Epochs = trial.Epochs > 0 ? trial.Epochs : at.Distillation.Epochs },
            Machine = at.Machine with { Threads = threads },
            Compression = at.Compression with { Apply = at.Compression.Apply && !ablating },
        };
    }

    /// <summary>The file of what a trial says.</summary>
    /// <param name="folder">The study's.</param>
    /// <param name="trial">Which.</param>
    public static string LogOf(string folder, Trial trial) => Path.Combine(folder, Trials, NameOf(trial), "log.txt");

    /// <summary>The name of a trial's run.</summary>
    public static string NameOf(Trial trial) => FormattableString.Invariant($"{trial.Number:0000}");

    /// <summary>A configuration as a user would go on with it: a run of its own, with the seeds and the results of the recipe that was given.</summary>
    /// <param name="studied">What is changed.</param>
    /// <param name="configuration">What it changes.</param>
    /// <param name="epochs">Those that it was trained for; 0: the recipe's.</param>
    public static Recipe Winner(Recipe studied, Configuration configuration, int epochs)
    {
        Recipe at = PointCheck.At(studied, configuration.Changes);
        DistillationOptions given = at.Distillation;
        return at with
        {
            Name = $"{at.Name}-tuned",
            // The best student may be the one that learnt from the labels alone.
            Distillation = configuration.Role == Role.StudentWithoutTeacher ? given.Of(withTeacher: false) with { SoftLabelWeight = 0, HardLabelWeight = 1, Seeds = given.Seeds }
                : given with { Epochs = epochs > 0 ? epochs : given.Epochs },
        };
    }

    /// <summary>What stands in one recipe otherwise than in another, as far as it says what a study finds; null: nothing.</summary>
    public static string? Difference(Recipe before, Recipe now) => RecipeSchema.Values
        .Where(key => key.Name is not ("runs" or "results") && key.Section?.Name != "machine")
        .Where(key => IdleOptions.Reason(key.Name, now) is null || IdleOptions.Reason(key.Name, before) is null)
        .Where(key => !key.IsSame(before, now))
        .Select(key => $"{key.Name} was {PointCheck.ValueOf(before, key.Name)}, and is {PointCheck.ValueOf(now, key.Name)}").FirstOrDefault();
}
