using System.Globalization;
using Retort.Compression;
using Retort.Data;
using Retort.Onnx;
using Retort.Runs;
using Retort.Runtime.Model;
using static TorchSharp.torch;

namespace Retort.Export;

/// <summary>
/// Writes a student or a teacher as an ONNX file (TorchSharp cannot: dotnet/TorchSharp#1281) and keeps it only if ONNX
/// Runtime computes the same logits from it as the source does.
/// </summary>
public static class OnnxExport
{
    /// <summary>Texts that are compared; further ones are left out.</summary>
    public const int MostTexts = 1000;

    /// <summary>Exports a model.</summary>
    /// <param name="folder">Folder of a student or of a fine-tuned BERT.</param>
    /// <param name="target">The file to write; an older one is replaced once the new one is accepted.</param>
    /// <param name="texts">Texts to compare on, at least one.</param>
    /// <param name="device">Where the source computes.</param>
    /// <param name="precision">What the file is to hold weights in; null: a student's as its folder does, a teacher's in float32.</param>
    /// <param name="progress">Told how many texts the source and then the export have read.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="UsageException">There is no model, no text, or the target is a folder.</exception>
    /// <exception cref="RetortException">The model is damaged, too large for one file, or its export is not accepted.</exception>
    public static ExportResult Run(string folder, string target, IReadOnlyList<string> texts, Device device,
        StoredPrecision? precision = null, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(config))
        {
            throw new UsageException(
                $"there is no model in '{folder}': expected a folder with config.json, such as runs/NAME/student");
        }
        AtomicFile.RequireName(target, "model.onnx");
        if (texts.Count == 0)
            throw new UsageException("there is no text to compare the export on: expected at least one");
        if (precision == StoredPrecision.Int8 && !StudentConfig.IsStudent(config))
            throw new UsageException($"'{folder}' is a teacher, and int8 is for students: expected f32 or f16");
        string[] chosen = texts.Take(MostTexts).ToArray();
        try
        {
            ExportSource source = StudentConfig.IsStudent(config)
                ? StudentSource.Read(folder, precision, chosen, device, cancellation)
                : TeacherSource.Read(folder, precision == StoredPrecision.F16, chosen, device, progress, cancellation);
            return Write(source, target, progress, cancellation) with { Texts = chosen.Length };
        }
        catch (Exception e) when (e is NotSupportedException or InvalidDataException)
        {
            throw new RetortException($"{folder} cannot be exported: {e.Message}", e);
        }
    }

    /// <summary>Writes the file, compares, and only then gives it its name.</summary>
    internal static ExportResult Write(
        ExportSource source, string target, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        Parity? parity = null;
        AtomicFile.Write(target, source.Model.Write, file => parity = Accept(source, file, progress, cancellation));
        return new ExportResult(target, new FileInfo(target).Length, source.Texts.Count, parity!.LargestDifference, source.Tolerance);
    }

    private static Parity Accept(
        ExportSource source, string file, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using OnnxClassifier model = OnnxClassifier.Load(file, get_num_threads());
        Parity parity = Parity.Measure(model, source.Ids, source.Logits,
            done => progress?.Report(new StageProgress("onnx", done, source.Ids.Count, "texts")), cancellation);
        if (parity.LargestDifference <= source.Tolerance)
            return parity;
        throw new RetortException(string.Create(CultureInfo.InvariantCulture,
            $"the export is not kept: in ONNX Runtime its logits of '{Excerpt.Of(source.Texts[parity.Worst])}' are "
            + $"{parity.LargestDifference:0.0e-0} away from the source's, expected at most {source.Tolerance:0e-0}; "
            + $"please report this with the model's config.json"));
    }
}

/// <summary>What was exported.</summary>
/// <param name="File">The ONNX file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Texts">Texts that were compared.</param>
/// <param name="LargestDifference">See <see cref="Parity.LargestDifference"/>.</param>
/// <param name="Tolerance">What it was allowed to be.</param>
public sealed record ExportResult(string File, long Bytes, int Texts, double LargestDifference, double Tolerance);
