using System.CommandLine;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Cli.Verbs;

/// <summary><c>retort fractionate</c>.</summary>
internal static class FractionateVerb
{
    public static Command Create(Terminal terminal)
    {
        var page = new Option<string?>("--html") { Description = "Also write what is shown, with figures, as a page to this file", HelpName = "file" };
        Command command = StageVerb.Create(terminal, "fractionate", "Shows which texts the student would be distilled on, and trains no student; after label.", Stage.Fractionate,
            check: parsed =>
            {
                if (parsed.GetValue(page) is { } file)
                    AtomicFile.RequireName(file, "fraction.html");
            },
            before: (parsed, result) =>
            {
                if (parsed.GetValue(page) is { } file)
                    AtomicFile.WriteText(file, FractionPage.ToHtml($"{Path.GetFileName(result.Folder)}: what would be distilled on", result.Fractions!));
            });
        command.Add(page);
        return command.WithExample("retort fractionate reviews.yaml --set fractionation.scores=[entropy] --html fraction.html");
    }
}
