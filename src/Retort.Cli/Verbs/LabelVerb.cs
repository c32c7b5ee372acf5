using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort label</c>.</summary>
internal static class LabelVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "label", "Computes the teacher's signals for every text, after teach.", Stage.Label)
            .WithExample("retort label reviews.yaml --set transfer.unlabelled=more.tsv");
}
