using System.Collections;
using Retort.Evaluation;
using Retort.Reports;
using Retort.Teachers;
using Retort.Training;

namespace Retort.Pipeline;

/// <summary>A finished run as lines of a results file: one for each model that was trained.</summary>
internal static class RunResultsLines
{
    // What tells a student from others; a teacher has only the first.
    private static readonly string[] TeacherSections = ["teacher", "self_training"],
        StudentSections = ["teacher", "self_training", "transfer", "augmentation", "signals", "student", "warm_up", "fractionation", "distillation", "hidden", "token_hidden", "attention", "intermediate"];

    // What a student without teacher does not depend on.
    private static readonly string[] OfTeachers =
    [
        "teacher.sources", "teacher.combine", "teacher.accept_weak", "signals.pooled_state", "signals.batch_tokens", "signals.shard_size", "signals.onnx_output",
        "signals.command_timeout",
    ];

    // Where things are and which seed: not settings.
    private static readonly string[] Left = ["signals.cache", "distillation.seeds", "teacher.seed", "fractionation.compare", "compression.apply"];

    /// <param name="recipe">The run's.</param>
    /// <param name="result">A run with a report.</param>
    /// <param name="command">What the user typed to get it.</param>
    /// <param name="now">When it finished.</param>
    public static IEnumerable<ResultsLine> Of(Recipe recipe, RunResult result, string command, DateTimeOffset now)
    {
        string commit = Origin.Commit(Directory.GetCurrentDirectory()), cpu = Origin.Cpu();
        foreach (ModelReport model in result.Report!.Models)
        {
            // Several teachers, or a finished one, were not trained here: their line says what they reach.
            bool linear = model.Role == Role.Linear, alone = recipe.Teacher.Sources is [NamedTeacher.FineTuned];
            StudentRun? student = result.Students.FirstOrDefault(one => one.Role == model.Role && one.Seed == model.Seed);
            TrainingResult? training = student is not null ? student.Training : alone && !linear ? result.Teacher : null;
            yield return new ResultsLine
            {
                Date = now,
                Task = recipe.Name,
                Role = model.Role,
                Settings = Settings(recipe, model.Role),
                Seed = model.Seed,
                Commit = commit,
                Texts = linear ? result.Linear?.Texts : student?.Texts,
                DevAccuracy = model.Dev.Accuracy,
                DevMacroF1 = model.Dev.MacroF1,
                TestAccuracy = model.Test.Accuracy,
                TestMacroF1 = model.Test.MacroF1,
                Agreement = model.Test.Agreement,
                CalibrationError = model.Test.CalibratedError,
                Bytes = model.Bytes,
                P50 = model.Latency?.P50,
                P95 = model.Latency?.P95,
                TextsPerSecond = model.Latency?.TextsPerSecond,
                Seconds = ((linear ? result.Linear?.Elapsed : training?.Elapsed) ?? default).TotalSeconds,
                Cpu = cpu,
                Command = command,
            };
        }
    }

    /// <summary>Whether two lines tell of one training with the same outcome: an evaluation that is run again finds it so.</summary>
    public static bool IsSameTraining(ResultsLine old, ResultsLine line) =>
        (old.Task, old.Role, old.Seed, old.Settings) == (line.Task, line.Role, line.Seed, line.Settings)
        && Math.Abs(old.Seconds - line.Seconds) < 0.1 && Math.Abs((old.TestAccuracy ?? 0) - (line.TestAccuracy ?? 0)) < 1e-5;

    /// <summary>The keys that a model depends on and that are not at their defaults.</summary>
    private static string Settings(Recipe recipe, Role role)
    {
        var defaults = new Recipe();
        recipe = recipe with
        {
            Fractionation = role switch
            {
                Role.Student or Role.StudentCompressed => recipe.Fractionation,
                Role.StudentOnRandomFraction => recipe.Fractionation.AtRandom(),
                _ => defaults.Fractionation,
            },
            // Terms of a teacher are at their defaults, and what depends on them without effect; how long it learns is told as the recipe says it.
            Distillation = role != Role.StudentWithoutTeacher ? recipe.Distillation : recipe.Distillation.Of(withTeacher: false) with
            {
                Epochs = recipe.Distillation.Epochs,
                EpochsWithoutTeacher = recipe.Distillation.EpochsWithoutTeacher,
            },
        };
        string[] sections = role switch
        {
            Role.Teacher => TeacherSections,
            // It depends on the data alone.
            Role.Linear => [],
            Role.StudentCompressed => [.. StudentSections, "compression"],
            _ => StudentSections,
        };
        string[] without = role == Role.StudentWithoutTeacher
            ? [.. OfTeachers, .. recipe.Distillation.EpochsWithoutTeacher > 0 ? ["distillation.epochs"] : Array.Empty<string>()]
            : ["distillation.epochs_without_teacher"];
        // A finished teacher learnt from what it learnt from.
        bool cut = recipe.Data.TrainLimit > 0 && (role != Role.Teacher || recipe.Teacher.Parsed().Any(teacher => teacher.Kind == TeacherKind.FineTuned));
        IEnumerable<KeyValuePair<string, string>> set = RecipeSchema.Values
            .Where(key => !(role == Role.StudentWithoutTeacher && recipe.WarmUp.NeedsTeacher && key.Section?.Name == "warm_up"))
            .Where(key => (sections.Contains(key.Section?.Name) || (cut && key.Name is "data.train_limit" or "data.split_seed")) && IdleOptions.Reason(key.Name, recipe) is null && !Left.Contains(key.Name) && !without.Contains(key.Name))
            .Select(key => KeyValuePair.Create(key.Name, Text(key, key.Read(recipe))))
            .Where(pair => pair.Value != Text(RecipeSchema.Find(pair.Key)!, RecipeSchema.Find(pair.Key)!.Read(defaults)));
        string settings = ResultsSettings.Format(set);
        return settings.Length > 0 ? settings : "defaults";
    }

    private static string Text(RecipeKey key, object value) => value switch
    {
        // A file's name says what it is; its folder is of this machine alone.
        string[] paths => string.Join(',', paths.Select(path => Text(key, path))),
        string path when key.Path?.IsPath(path) == true => OneWord(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))),
        string text => text.Length == 0 ? "none" : OneWord(text),
        Enum choice => RecipeSchema.SnakeCase(choice.ToString()),
        IEnumerable list => string.Join(',', list.Cast<object>().Select(item => Text(key, item))),
        _ => FormattableString.Invariant($"{value}"),
    };

    // A blank would end the setting, and = its key.
    private static string OneWord(string name) =>
        string.Concat(name.Select(c => char.IsWhiteSpace(c) || c == '=' ? '_' : c));
}
