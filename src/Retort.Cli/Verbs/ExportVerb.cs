using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Retort.Compression;
using Retort.Data;
using Retort.Export;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Training;

namespace Retort.Cli.Verbs;

/// <summary><c>retort export</c>: writes a model as ONNX.</summary>
internal static class ExportVerb
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("model") { Description = "Folder of a student or a teacher" };
        var output = new Option<string?>("--output")
        {
            Description = "File to write; default: model.onnx in the folder",
            HelpName = "file",
        };
        var texts = new Option<string?>("--texts")
        {
            Description = "Texts to compare the export with its source on, 1,000 at most; default: a built-in list and those of the run that the model stands in",
            HelpName = "file",
        };
        var precision = new Option<string?>("--precision")
        {
            Description = "What the file holds weights in: f32, f16 or, of a student, int8; default: as a student's folder does, a teacher in f32",
            HelpName = "precision",
        };
        precision.AcceptOnlyFromAmong("f32", "f16", "int8");
        Option<int?> threads = ThreadsOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the result as JSON" };
        var command = new Command("export", "Writes a student or a teacher as ONNX, kept only if it answers as its source does.")
        {
            folder, output, texts, precision, threads, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string model = parsed.GetRequiredValue(folder);
            string target = parsed.GetValue(output) ?? Path.Combine(model, "model.onnx");
            IReadOnlyList<string> compared = parsed.GetValue(texts) is { } file ? ParityTexts.Read(file, cancellation) : [.. ParityTexts.BuiltIn, .. OfRun(model, cancellation)];
            var machine = new MachineOptions { Threads = parsed.GetValue(threads) ?? 0 };
            ExportResult result = ConsoleProgress.Run(terminal, progress =>
                OnnxExport.Run(model, target, compared, LibTorch.Start(machine), Precision(parsed.GetValue(precision)), progress, cancellation));
            terminal.Out.WriteLine(
                parsed.GetValue(json) ? JsonSerializer.Serialize(result, JsonForm.Compact) : Line(result));
            return Task.CompletedTask;
        });
        return command.WithExample("retort export runs/reviews/student",
            "retort export runs/reviews/teacher --output teacher.onnx --precision f16 --texts dev.tsv");
    }

    /// <summary>Texts of a model's run, those that it was tested on first; none where the model stands in no run, or the files are gone.</summary>
    private static string[] OfRun(string model, CancellationToken cancellation)
    {
        // run/student, run/students/seed-1.
        string? above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        string? recipe = new[] { above, Path.GetDirectoryName(above) }.OfType<string>().Select(folder => Path.Combine(folder, "recipe.yaml")).FirstOrDefault(File.Exists);
        if (recipe is null)
            return [];
        try
        {
            DataOptions data = Recipe.Load(recipe).Data;
            return [.. new[] { data.Test, data.Dev, data.Train }.Where(File.Exists).SelectMany(file => CorpusReader.StreamUnlabelled(file, data, cancellation: cancellation))
                .Distinct().Take(OnnxExport.MostTexts)];
        }
        catch (RetortException)
        {
            // Of another version, or changed since: the built-in list will do.
            return [];
        }
    }

    private static StoredPrecision? Precision(string? name) => name is null ? null : Enum.Parse<StoredPrecision>(name, ignoreCase: true);

    private static string Line(ExportResult result) => string.Create(CultureInfo.InvariantCulture,
        $"{result.File}: {result.Bytes / 1e6:0.0} MB; ONNX Runtime answers as the source does on {result.Texts:#,0} texts{(result.Texts < OnnxExport.MostTexts ? $", fewer than {OnnxExport.MostTexts:#,0}" : "")}: "
        + $"largest difference of a logit {result.LargestDifference:0.0e-0}, allowed {result.Tolerance:0e-0}");
}
