using System.CommandLine;
using Retort.Pipeline;
using Retort.Teachers.Sources;

namespace Retort.Cli.Verbs;

/// <summary>What <c>run</c> and the verbs of single stages have in common: a recipe, and the stages up to one.</summary>
internal static class StageVerb
{
    /// <param name="terminal">Where it reports.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does.</param>
    /// <param name="to">The last stage it runs.</param>
    /// <param name="from">The first stage that runs even where nothing has changed; null: none.</param>
    /// <param name="check">Looks at what was typed before anything runs; null: nothing to look at.</param>
    /// <param name="before">Is given the result before it is printed; null: nobody.</param>
    /// <param name="options">With shorthands of its own; null: none.</param>
    public static Command Create(Terminal terminal, string name, string description, Stage to, Option<Stage?>? from = null,
        Action<ParseResult>? check = null, Action<ParseResult, RunResult>? before = null, RecipeOptions? options = null)
    {
        var path = new Argument<string?>("recipe")
        {
            Description = "The recipe; without one, the defaults and what --set says",
            Arity = ArgumentArity.ZeroOrOne,
        };
        RecipeOptions recipe = options ?? new RecipeOptions();
        var command = new Command(name, description) { path };
        recipe.AddTo(command);
        if (from is not null)
            command.Add(from);
        command.SetAction((parsed, cancellation) =>
        {
            check?.Invoke(parsed);
            Recipe loaded = recipe.Load(parsed, parsed.GetValue(path));
            var sources = new SourceOptions { Offline = parsed.GetValue(recipe.Offline) };
            RunResult result = ConsoleProgress.Run(terminal, progress => RunPipeline.Run(
                loaded, sources, to, from is null ? null : parsed.GetValue(from), ShellLine.Of(["retort", .. parsed.Tokens.Select(token => token.Value)]), progress, cancellation));
            before?.Invoke(parsed, result);
            RunSummary.Write(terminal, result, parsed.GetValue(recipe.Json));
            return Task.CompletedTask;
        });
        return command;
    }
}
