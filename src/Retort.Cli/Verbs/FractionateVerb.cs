using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort fractionate</c>.</summary>
internal static class FractionateVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "fractionate", "Shows which texts the student would be distilled on, and trains nothing; after label.", Stage.Fractionate)
            .WithExample("retort fractionate reviews.yaml --set fractionation.scores=[entropy]");
}
