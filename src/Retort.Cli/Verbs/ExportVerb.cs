using System.CommandLine;
using System.Globalization;
using Retort.Data;
using Retort.Export;
using Retort.Training;

namespace Retort.Cli.Verbs;

/// <summary><c>retort export</c>: writes a model as ONNX.</summary>
internal static class ExportVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("model") { Description = "Folder of a student or a teacher" };
        var output = new Option<string?>("--output") { Description = "File to write; default: model.onnx in the folder", HelpName = "file" };
        var texts = new Option<string?>("--texts")
        {
            Description = "Texts to compare the export with its source on, 1,000 at most; default: a built-in list",
            HelpName = "file",
        };
        var threads = new Option<int>("--threads") { Description = "Threads of the source model; 0: one a core", HelpName = "count" };
        var command = new Command("export", "Writes a student or a teacher as ONNX, kept only if it answers as its source does.")
        {
            folder, output, texts, threads,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string model = parsed.GetRequiredValue(folder);
            ExportResult result = OnnxExport.Run(model, parsed.GetValue(output) ?? Path.Combine(model, "model.onnx"),
                Texts(parsed.GetValue(texts), cancellation),
                LibTorch.Start(new MachineOptions { Threads = parsed.GetValue(threads) }), cancellation);
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.File}: {result.Bytes / 1e6:0.0} MB; ONNX Runtime answers as the source does on {result.Texts:#,0} texts: "
                + $"largest difference of a logit {result.LargestDifference:0.0e-0}, allowed {result.Tolerance:0e-0}"));
            return Task.CompletedTask;
        });
        return command.WithExample("retort export runs/reviews/student",
            "retort export runs/reviews/teacher --output teacher.onnx --texts dev.tsv");
    }

    private static IReadOnlyList<string> Texts(string? file, CancellationToken cancellation) => file is null
        ? ParityTexts.BuiltIn
        : CorpusReader.ReadUnlabelled(file, new DataOptions(), cancellation: cancellation).Samples.Select(sample => sample.Text).ToArray();
}
