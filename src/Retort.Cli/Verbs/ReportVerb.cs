using System.CommandLine;
using System.Text.Json;
using Retort.Pipeline;
using Retort.Reports;
using Retort.Runs;

namespace Retort.Cli.Verbs;

/// <summary><c>retort report</c>: the report of a run made anew, or several runs compared.</summary>
internal static class ReportVerb
{
    public static Command Create(Terminal terminal)
    {
        var folders = new Argument<string[]>("run") { Description = "Folder of a finished run; several are compared", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string?>("--output") { Description = "File to write; default: report/report.html in the folder, of several runs comparison.html", HelpName = "file" };
        var differ = new Option<bool>("--allow-different-data") { Description = "Compare runs that were evaluated on different test sets, too" };
        Option<string[]> set = RecipeOptions.SetOption("Replace a value of the recipe's section report: --set report.hourly_price=0.1; may be repeated");
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of report/results.json, and make no report" };
        var json = new Option<bool>("--json") { Description = "Print the figures as JSON" };
        var command = new Command("report", "Makes the report of a finished run anew from its files, or compares several runs on one page.") { folders, output, differ, set, schema, json };
        command.SetAction(parsed =>
        {
            string[] runs = parsed.GetValue(folders) ?? [];
            if (parsed.GetValue(schema))
            {
                terminal.Out.Write(ResultsSchema.ToJson());
                return;
            }
            if (runs.Length == 0)
                throw new UsageException("no run is named: expected the folder of a finished run, such as runs/NAME");
            RecipeOverride[] overrides = [.. (parsed.GetValue(set) ?? []).Select(RecipeOverride.Parse)];
            if (runs.Length == 1 && parsed.GetValue(differ))
                throw new UsageException("--allow-different-data has no effect on one run: expected several, or none of it");
            ReportResult result = runs.Length == 1 ? RunReports.Write(runs[0], parsed.GetValue(output), overrides)
                : RunReports.Compare(runs, parsed.GetValue(output) ?? "comparison.html", parsed.GetValue(differ), overrides);
            terminal.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(result, JsonForm.Compact) : result.Page);
        });
        return command.WithExample("retort report runs/reviews", "retort report runs/reviews runs/reviews-2 --output both.html");
    }
}
