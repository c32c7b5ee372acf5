using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Retort.Assessment;
using Retort.Evaluation;
using Retort.Export;
using Retort.Runs;
using Retort.Training;

namespace Retort.Cli.Verbs;

/// <summary><c>retort bench</c>: how a student runs best on this machine.</summary>
internal static class BenchVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("student") { Description = "Folder of a student" };
        var texts = new Option<string?>("--texts") { Description = "Texts such as it will classify; default: a built-in list of all lengths", HelpName = "file" };
        var output = new Option<string?>("--output") { Description = "Profile to write, for TextClassifierOptions.Load; default: profile.json in the folder", HelpName = "file" };
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("bench", "Times a student on this machine: kernels, table budgets, threads, ONNX Runtime; writes a profile.") { folder, texts, output, json };
        command.SetAction((parsed, cancellation) =>
        {
            string student = parsed.GetRequiredValue(folder), profile = parsed.GetValue(output) ?? Path.Combine(student, "profile.json");
            AtomicFile.RequireName(profile, "profile.json");
            IReadOnlyList<string> read = ParityTexts.Read(parsed.GetValue(texts), cancellation);
            LibTorch.Start(new MachineOptions { Threads = 1 });
            BenchResult result = ConsoleProgress.Run(terminal, progress => StudentBench.Run(student, read, progress, cancellation));
            AtomicFile.WriteText(profile, result.Profile.ToJson());
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonForm.Compact));
            else
                Write(terminal, result, read.Count, profile);
            return Task.CompletedTask;
        });
        return command.WithExample("retort bench runs/reviews/student --texts test.tsv");
    }

    private static void Write(Terminal terminal, BenchResult result, int texts, string profile)
    {
        terminal.Out.WriteLine(Table("kernel", result.Kernels));
        terminal.Out.WriteLine(Table("bytes of tables", result.Budgets));
        terminal.Out.WriteLine(Table("threads, batches", result.Threads));
        terminal.Out.WriteLine(Table("one text at a time", result.Engines));
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Math.Min(texts, StudentBench.MostTexts):#,0} texts on {Origin.Cpu()}; each table is timed in turn in one process. The best: {profile}"));
    }

    private static string Table(string what, IReadOnlyList<BenchTime> times) => new TextTable([what, "texts/s", "over the first"],
        [.. times.Select(time => (string[])[time.What, Text($"{time.TextsPerSecond:#,0}"), Text($"{time.Ratio:0.000}×")])]).ToText();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
