using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort evaluate</c>.</summary>
internal static class EvaluateVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "evaluate", "Scores and times teacher and students on test, after distill.", Stage.Evaluate)
            .WithExample("retort evaluate reviews.yaml --json");
}
