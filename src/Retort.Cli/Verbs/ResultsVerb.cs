using System.CommandLine;
using Retort.Evaluation;
using Retort.Runs;

namespace Retort.Cli.Verbs;

/// <summary><c>retort results</c>: fills the tables of a page from results files.</summary>
internal static class ResultsVerb
{
    public static Command Create(Terminal terminal)
    {
        var page = new Argument<string>("page") { Description = "A Markdown page with results:begin and results:end markers" };
        var folder = new Option<string?>("--from") { Description = "Folder of the CSV files; default: results/ beside the page", HelpName = "folder" };
        var command = new Command("results", "Makes the tables of a page anew from the CSV files that runs add lines to.") { page, folder };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(page);
            if (!File.Exists(path))
                throw new UsageException($"there is no page '{path}': expected a Markdown file with results markers");
            string from = parsed.GetValue(folder) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "results");
            if (parsed.GetValue(folder) is not null && !Directory.Exists(from))
                throw new UsageException($"--from is {from}: there is no such folder; expected that of the CSV files");
            terminal.Out.WriteLine(ResultsTables.Update(path, from) ? $"Updated {path}." : $"{path} is up to date.");
        });
        return command.WithExample("retort results docs/results.md");
    }
}
