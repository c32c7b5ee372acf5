using System.Text.Json;
using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Text;

namespace Retort.Students;

/// <summary>A student's config.json, in Hugging Face's manner.</summary>
internal sealed record StudentConfig
{
    public const string ModelKind = "retort-textcnn";
    public const int CurrentFormat = 1;

    private const string SingleLabel = "single_label_classification", MultiLabel = "multi_label_classification";
    private const long LargestFile = 64 << 20;

    private static readonly JsonSerializerOptions Form = new(JsonForm.Indented) { RespectNullableAnnotations = true };

    public required string ModelType { get; init; }

    public required int FormatVersion { get; init; }

    public required string ProblemType { get; init; }

    public required Dictionary<string, string> Id2label { get; init; }

    public required double Temperature { get; init; }

    public required int MaxLength { get; init; }

    public required StudentShape Shape { get; init; }

    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>SHA-256 of each other file of the folder, lower-case hexadecimal.</summary>
    public required Dictionary<string, string> Sha256 { get; init; }

    public TaskKind Kind => ProblemType == MultiLabel ? TaskKind.MultiLabel : TaskKind.SingleLabel;

    public static StudentConfig Of(Student student, Dictionary<string, string> hashes) => new()
    {
        ModelType = ModelKind,
        FormatVersion = CurrentFormat,
        ProblemType = student.Kind == TaskKind.MultiLabel ? MultiLabel : SingleLabel,
        Id2label = student.Labels.Names.Select((name, k) => (name, k)).ToDictionary(p => $"{p.k}", p => p.name),
        Temperature = student.Temperature,
        MaxLength = student.Encoder.MaxLength,
        Shape = student.Module.Shape with { SourceWidth = 0 },
        Tokenizer = student.Encoder.Tokenizer.Options,
        Sha256 = hashes,
    };

    /// <summary>Reads and checks everything that can be checked without the tensors.</summary>
    public static StudentConfig Read(string file)
    {
        StudentConfig config = Parse(file);
        if (config.ModelType != ModelKind)
            throw Wrong(file, $"model_type is '{config.ModelType}'", ModelKind);
        if (config.ProblemType is not (SingleLabel or MultiLabel))
            throw Wrong(file, $"problem_type is '{config.ProblemType}'", $"{SingleLabel} or {MultiLabel}");
        if (config.Temperature is not (> 0 and < double.PositiveInfinity))
            throw Wrong(file, $"temperature is {config.Temperature}", "a number above 0");
        if (config.MaxLength < 1)
            throw Wrong(file, $"max_length is {config.MaxLength}", "at least 1");
        if (config.Shape.Classes != config.Id2label.Count)
            throw Wrong(file, $"shape.classes is {config.Shape.Classes} and id2label names {config.Id2label.Count}", "as many");
        if (config.Shape.SourceWidth != 0)
            throw Wrong(file, $"shape.source_width is {config.Shape.SourceWidth}", "0: a saved student is folded");
        try
        {
            config.Shape.Validate();
        }
        catch (UsageException e)
        {
            throw new RetortException($"{file}: {e.Message}", e);
        }
        return config;
    }

    public void Write(string file) => AtomicFile.WriteText(file, JsonSerializer.Serialize(this, Form) + "\n");

    /// <summary>Whether a file is the config of a student, of whatever version.</summary>
    public static bool IsStudent(string file)
    {
        try
        {
            using JsonDocument json = ParseDocument(file);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("model_type", out JsonElement kind)
                && kind.ValueKind == JsonValueKind.String && kind.ValueEquals(ModelKind);
        }
        catch (Exception e) when (e is IOException or JsonException or RetortException)
        {
            return false;
        }
    }

    /// <summary>The classes in index order.</summary>
    public LabelSet Labels(string file)
    {
        string[] names = Enumerable.Range(0, Id2label.Count).Select(k => Id2label.GetValueOrDefault($"{k}")
            ?? throw Wrong(file, $"id2label lacks the class {k}", $"0 to {Id2label.Count - 1}")).ToArray();
        try
        {
            return new LabelSet(names);
        }
        catch (ArgumentException e)
        {
            throw new RetortException($"{file}: id2label: {e.Message}", e);
        }
    }

    private static StudentConfig Parse(string file)
    {
        try
        {
            using JsonDocument json = ParseDocument(file);
            // A newer version may lack or add anything, so its number is read before all else.
            if (json.RootElement.TryGetProperty("format_version", out JsonElement version)
                && version.TryGetInt32(out int number) && number != CurrentFormat)
                throw Wrong(file, $"format_version is {number}", $"{CurrentFormat}; use the version of Retort that wrote it");
            return json.RootElement.Deserialize<StudentConfig>(Form)
                ?? throw Wrong(file, "null", "an object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RetortException($"{file} is not the configuration of a student: {e.Message}", e);
        }
    }

    private static JsonDocument ParseDocument(string file)
    {
        long length = new FileInfo(file).Length;
        if (length > LargestFile)
            throw Wrong(file, $"{length} bytes", $"at most {LargestFile}");
        return JsonDocument.Parse(File.ReadAllBytes(file));
    }

    private static RetortException Wrong(string file, string found, string expected) =>
        new($"{file}: {found}; expected {expected}");
}
