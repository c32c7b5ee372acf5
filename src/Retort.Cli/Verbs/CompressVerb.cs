using System.CommandLine;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort compress</c>.</summary>
internal static class CompressVerb
{
    public static Command Create(Terminal terminal)
    {
        // As text: the recipe says what is wrong with a number.
        Option<string?> loss = new("--max-loss") { Description = "Most points of accuracy on dev to lose (compression.max_loss)", HelpName = "points" };
        Option<string?> agreement = new("--min-agreement") { Description = "Least share of texts decided as before (compression.min_agreement)", HelpName = "share" };
        Option<string?> speedup = new("--min-speedup") { Description = "Least speed, as a multiple of the uncompressed student's (compression.min_speedup)", HelpName = "times" };
        var options = new RecipeOptions(
            (loss, "compression.max_loss", parsed => parsed.GetValue(loss)),
            (agreement, "compression.min_agreement", parsed => parsed.GetValue(agreement)),
            (speedup, "compression.min_speedup", parsed => parsed.GetValue(speedup)))
        {
            Always = [new RecipeOverride("compression.apply", "true", "compress")],
        };
        return StageVerb.Create(terminal, "compress", "Makes the distilled students smaller and faster, as far as gates let it, after distill.", Stage.Compress, options: options)
            .WithExample("retort compress reviews.yaml --max-loss 0.2 --min-agreement 0.995 --min-speedup 1.0");
    }
}
