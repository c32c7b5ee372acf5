using System.CommandLine;
using System.Globalization;
using Retort.Pipeline;

namespace Retort.Cli.Verbs;

/// <summary><c>retort compress</c>.</summary>
internal static class CompressVerb
{
    public static Command Create(Terminal terminal)
    {
        Option<double?> loss = new("--max-loss") { Description = "Most points of accuracy on dev to lose (compression.max_loss)", HelpName = "points" };
        Option<double?> agreement = new("--min-agreement") { Description = "Least share of texts decided as before (compression.min_agreement)", HelpName = "share" };
        Option<double?> speedup = new("--min-speedup") { Description = "Least speed, as a multiple of the uncompressed student's (compression.min_speedup)", HelpName = "times" };
        var options = new RecipeOptions(
            (loss, "compression.max_loss", parsed => Text(parsed.GetValue(loss))),
            (agreement, "compression.min_agreement", parsed => Text(parsed.GetValue(agreement))),
            (speedup, "compression.min_speedup", parsed => Text(parsed.GetValue(speedup))))
        {
            Always = [new RecipeOverride("compression.apply", "true", "compress")],
        };
        return StageVerb.Create(terminal, "compress", "Makes the distilled students smaller and faster, as far as gates let it, after distill.", Stage.Compress, options: options)
            .WithExample("retort compress reviews.yaml --max-loss 0.2 --min-agreement 0.995 --min-speedup 1.0");
    }

    private static string? Text(double? value) => value?.ToString(CultureInfo.InvariantCulture);
}
