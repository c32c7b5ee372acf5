using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort augment</c>.</summary>
internal static class AugmentVerb
{
    public static Command Create(Terminal terminal) =>
        StageVerb.Create(terminal, "augment", "Makes further texts from those of train, for the teacher to label; needs no teacher.", Stage.Augment)
            .WithExample("retort augment reviews.yaml --set augmentation.copies=2");
}
