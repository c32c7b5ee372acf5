using System.CommandLine;
using System.CommandLine.Parsing;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Cli.Verbs;

/// <summary><c>retort run</c>: every stage of a recipe.</summary>
internal static class RunVerb
{
    // A cascade is made by its own verb.
    private static readonly string[] Stages = [.. Enum.GetValues<Stage>().Where(stage => stage <= Stage.Evaluate).Select(stage => stage.ToString().ToLowerInvariant())];

    public static Command Create(Terminal terminal)
    {
        var from = new Option<Stage?>("--from")
        {
            Description = "Run this stage and those after it even where nothing has changed",
            HelpName = "stage",
            CustomParser = Parse,
        };
        from.CompletionSources.Add(Stages);
        return StageVerb.Create(terminal, "run",
                "Runs every stage of a recipe: teach, augment, label, fractionate, distill, compress, evaluate. Stages whose inputs have not changed are left out.",
                Stage.Evaluate, from)
            .WithExample("retort run reviews.yaml", "retort run reviews.yaml --from distill --set distillation.epochs=6");
    }

    private static Stage? Parse(ArgumentResult argument)
    {
        string given = argument.Tokens[0].Value;
        int index = Array.IndexOf(Stages, given);
        if (index >= 0)
            return (Stage)index;
        string near = NearestName.Find(given, Stages) is { } name ? $"; did you mean {name}?" : "";
        argument.AddError($"--from is '{given}': expected one of {string.Join(", ", Stages)}{near}");
        return null;
    }
}
