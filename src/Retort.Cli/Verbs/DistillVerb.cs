using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort distill</c>.</summary>
internal static class DistillVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "distill", "Trains the student with and without the teacher, after label.", Stage.Distill)
            .WithExample("retort distill reviews.yaml --set distillation.seeds=[1,2,3]");
}
