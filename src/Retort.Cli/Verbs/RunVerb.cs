using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort run</c>: every stage of a recipe.</summary>
internal static class RunVerb
{
    public static Command Create(Terminal terminal)
    {
        var from = new Option<Stage?>("--from")
        {
            Description = "Run this stage and those after it even where nothing has changed",
            HelpName = "stage",
        };
        // Without this, --from 7 would do.
        from.AcceptOnlyFromAmong("teach", "label", "distill", "evaluate");
        return StageVerb.Create(terminal, "run",
                "Runs every stage of a recipe: teach, label, distill, evaluate. Stages whose inputs have not changed are left out.",
                Stage.Evaluate, from)
            .WithExample("retort run reviews.yaml", "retort run reviews.yaml --from distill --set distillation.epochs=6");
    }
}
