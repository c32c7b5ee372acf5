using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;
using Retort.Tuning;

namespace Retort.Cli.Verbs;

/// <summary><c>retort tune</c>: a study of what in a recipe is worth what.</summary>
internal static class TuneVerb
{
    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string?>("recipe") { Description = "The recipe; without one, the defaults and what --set says", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> objective = new("--objective") { Description = "What trials are compared by on dev: accuracy, macro_f1 or agreement (distillation.metric)", HelpName = "metric" };
        objective.CompletionSources.Add("accuracy", "macro_f1", "agreement");
        var recipe = new RecipeOptions((objective, "distillation.metric", parsed => parsed.GetValue(objective)));
        var options = new TuneVerbOptions();
        var study = new Option<string?>("--study") { Description = "Folder of the study; default: tuning in the run's folder", HelpName = "folder" };
        var join = new Option<string?>("--join") { Description = "Work on a study that another process has begun, as well", HelpName = "folder" };
        var workers = new Option<int>("--workers") { Description = "Trials at once at most; 0: one a core, as far as memory allows", HelpName = "count" };
        var trial = new Option<long?>("--trial") { Description = "Do this trial of the joined study, and no more", Hidden = true };
        var command = new Command("tune", "Tries values of a recipe's keys on dev, each trial in a process of its own; finds the best, or what each step of a distillation is worth.") { path };
        recipe.AddTo(command);
        options.AddTo(command);
        foreach (Option option in new Option[] { study, join, workers, trial })
            command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string? joined = parsed.GetValue(join);
            if (joined is not null && parsed.GetValue(trial) is { } number)
            {
                TrialProcess.Run(terminal.In, Path.GetFullPath(joined), number, parsed.GetValue<int?>("--threads") ?? 0, cancellation);
                return Task.CompletedTask;
            }
            if (joined is not null && parsed.GetValue(path) is { } given)
                throw new UsageException($"--join and the recipe '{given}' at once: expected the study alone, which has its recipe");
            Option[] ofJoining = [join, workers, recipe.Json];
            if (joined is not null && command.Options.Except(ofJoining).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } beside)
                throw new UsageException($"--join and {beside.Name} at once: expected at most {workers.Name} and {recipe.Json.Name} beside it; the study has its recipe and its options");
            if (parsed.GetValue(workers) is < 0 or > 1024)
                throw new UsageException($"--workers is {parsed.GetValue(workers)}: expected a number from 0 to 1024");
            StudyResult result = ConsoleProgress.Run(terminal, progress =>
            {
                var tuner = new Tuner { Launch = TrialProcess.Start, Workers = parsed.GetValue(workers), Progress = progress };
                if (joined is not null)
                    return tuner.Join(Path.GetFullPath(joined), cancellation);
                Recipe loaded = recipe.Load(parsed, parsed.GetValue(path));
                return tuner.Run(loaded, options.Read(parsed), Path.GetFullPath(parsed.GetValue(study) ?? Tuner.FolderOf(loaded)),
                    new SourceOptions { Offline = parsed.GetValue(recipe.Offline) }, cancellation);
            });
            Write(terminal, result, parsed.GetValue(recipe.Json));
            return Task.CompletedTask;
        });
        return command.WithExample("retort tune reviews.yaml", "retort tune reviews.yaml --vary distillation.learning_rate=1e-4..5e-3:log --vary student.filters=64..256 --max-trials 20",
            "retort tune reviews.yaml --ablate", "retort tune --join runs/reviews/tuning");
    }

    private static void Write(Terminal terminal, StudyResult result, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonForm.Compact));
            return;
        }
        terminal.Out.WriteLine(StudyText.Table(result).ToText());
        foreach (Importance one in result.Importance)
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Share,6:P0} of the variance between trials goes with {one.Key}"));
        terminal.Out.WriteLine($"{result.Verdict}\nThe winner's recipe: {result.BestRecipe}\nThe study: {result.Page}");
    }
}
