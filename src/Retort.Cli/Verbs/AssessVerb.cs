using System.CommandLine;
using System.Text.Json;
using Retort.Assessment;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;

namespace Retort.Cli.Verbs;

/// <summary><c>retort assess</c>: what to do, before anything is trained.</summary>
internal static class AssessVerb
{
    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string?>("recipe") { Description = "The recipe; without one, the defaults and what --set says", Arity = ArgumentArity.ZeroOrOne };
        var milliseconds = new Option<double?>("--budget-ms") { Description = "Milliseconds that 95 of 100 texts may take on one thread", HelpName = "number" };
        var megabytes = new Option<double?>("--budget-mb") { Description = "Megabytes that the model may take on disk", HelpName = "number" };
        var accuracy = new Option<double?>("--min-accuracy") { Description = "Least share of texts with the right class: 0.9", HelpName = "share" };
        var rate = new Option<double?>("--texts-per-second") { Description = "Least texts a second on one thread", HelpName = "number" };
        var output = new Option<string?>("--output") { Description = "Recipe to write; default: assessed.yaml in the run's folder", HelpName = "file" };
        var recipe = new RecipeOptions();
        var command = new Command("assess", "Looks at data, teacher, machine and needs before anything is trained: says whether to distil, what it will take, and writes the recipe.")
        { path, milliseconds, megabytes, accuracy, rate, output };
        recipe.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            Recipe loaded = recipe.Load(parsed, parsed.GetValue(path));
            string run = loaded.RunFolder(), target = parsed.GetValue(output) ?? Path.Combine(run, "assessed.yaml");
            AtomicFile.RequireName(target, "assessed.yaml");
            if (parsed.GetValue(output) is not null && File.Exists(target))
                throw new UsageException($"{target} exists: expected a new file for --output");
            var needs = new AssessmentNeeds
            {
                BudgetMilliseconds = parsed.GetValue(milliseconds),
                BudgetMegabytes = parsed.GetValue(megabytes),
                MinAccuracy = parsed.GetValue(accuracy),
                TextsPerSecond = parsed.GetValue(rate),
            };
            var sources = new SourceOptions { Offline = parsed.GetValue(recipe.Offline) };
            (AssessmentResult result, Recipe advised) = ConsoleProgress.Run(terminal, progress => Assessor.Run(loaded, needs, sources, progress, cancellation));
            result.Forecast.Save(run);
            AtomicFile.WriteText(target, advised.ToYaml(commented: true));
            if (parsed.GetValue(recipe.Json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonForm.Compact));
            else
                Write(terminal, result, target, run);
            return Task.CompletedTask;
        });
        return command.WithExample("retort assess reviews.yaml --budget-ms 5 --min-accuracy 0.9 --output assessed.yaml");
    }

    private static void Write(Terminal terminal, AssessmentResult result, string target, string run)
    {
        foreach (string line in AssessmentText.Lines(result))
            terminal.Out.WriteLine(line);
        terminal.Out.WriteLine($"Recipe: {target}; forecast: {Path.Combine(run, "assessment.json")}. Then: retort run {target}");
    }
}
