using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Runtime.Text;

namespace Retort.Runtime.Model;

/// <summary>A student's config.json, in Hugging Face's manner. Every class has its name; all that can be checked is checked.</summary>
public sealed record StudentConfig
{
    /// <summary>The <c>model_type</c> of a student.</summary>
    public const string ModelKind = "retort-textcnn";

    /// <summary>The version that this library reads and writes. 2: the scales of the tables stand in the tensors' file.</summary>
    public const int CurrentFormat = 2;

    private const string SingleLabelName = "single_label_classification", MultiLabelName = "multi_label_classification";
    private const long LargestFile = 64 << 20;
    private const double SmallestTemperature = 1e-6, LargestTemperature = 1e6;

    /// <summary>For writing: labels of every script as they are.</summary>
    private static readonly StudentConfigJson Written = new(
        new JsonSerializerOptions(StudentConfigJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary><see cref="ModelKind"/>.</summary>
    public string ModelType { get; init; } = ModelKind;

    /// <summary><see cref="CurrentFormat"/>.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>Hugging Face's name for whether classes exclude each other: see <see cref="IsMultiLabel"/>.</summary>
    public required string ProblemType { get; init; }

    /// <summary>The name of each class by its index.</summary>
    public required IReadOnlyDictionary<string, string> Id2label { get; init; }

    /// <summary>What logits are divided by before they become probabilities; fitted on dev.</summary>
    public required double Temperature { get; init; }

    /// <summary>Longest input in tokens; what stands behind is not read.</summary>
    public required int MaxLength { get; init; }

    /// <summary>The sizes of the tensors.</summary>
    public required StudentShape Shape { get; init; }

    /// <summary>How text is read.</summary>
    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>SHA-256 of each other file that a student needs, lower-case hexadecimal.</summary>
    public required IReadOnlyDictionary<string, string> Sha256 { get; init; }

    /// <summary>Whether a text can have several classes: probabilities are then sigmoids, not a softmax.</summary>
    [JsonIgnore]
    public bool IsMultiLabel => ProblemType == MultiLabelName;

    /// <summary>The <c>problem_type</c> of a task.</summary>
    public static string ProblemTypeOf(bool multiLabel) => multiLabel ? MultiLabelName : SingleLabelName;

    /// <summary>Reads a file and checks everything that can be checked without the tensors.</summary>
    /// <exception cref="InvalidDataException">The file is not the configuration of a student; the message says why.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StudentConfig Read(string file)
    {
        StudentConfig config = Parse(file);
        if (config.ProblemType is not (SingleLabelName or MultiLabelName))
            throw Wrong(file, $"problem_type is '{config.ProblemType}'", $"{SingleLabelName} or {MultiLabelName}");
        if (config.Temperature is not (>= SmallestTemperature and <= LargestTemperature))
            throw Wrong(file, $"temperature is {config.Temperature}", $"a number from {SmallestTemperature} to {LargestTemperature}");
        if (config.MaxLength < 1)
            throw Wrong(file, $"max_length is {config.MaxLength}", "at least 1");
        if (config.Shape.Classes != config.Id2label.Count)
            throw Wrong(file, $"shape.classes is {config.Shape.Classes} and id2label names {config.Id2label.Count}", "as many");
        if (config.Shape.SourceWidth != 0)
            throw Wrong(file, $"shape.source_width is {config.Shape.SourceWidth}", "0: a saved student is folded");
        try
        {
            config.Shape.Validate();
            config.Tokenizer.Validate();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
        config.Labels(file);
        return config;
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Written.StudentConfig) + "\n";

    /// <summary>Whether a file is the config of a student, of whatever version.</summary>
    public static bool IsStudent(string file)
    {
        try
        {
            using JsonDocument json = ParseDocument(file);
            return KindOf(json.RootElement) == ModelKind;
        }
        catch (Exception e) when (e is IOException or JsonException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>The classes in index order.</summary>
    /// <param name="file">Named where one is missing.</param>
    public string[] Labels(string file)
    {
        string[] names = Enumerable.Range(0, Id2label.Count).Select(k => Id2label.GetValueOrDefault($"{k}")
            ?? throw Wrong(file, $"id2label lacks the class {k}", $"0 to {Id2label.Count - 1}")).ToArray();
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Key.Length == 0 || group.Count() > 1) is { } bad)
            throw Wrong(file, $"id2label holds the name '{bad.Key}' {bad.Count()} times", "names, each once");
        return names;
    }

    private static StudentConfig Parse(string file)
    {
        try
        {
            using JsonDocument json = ParseDocument(file);
            if (KindOf(json.RootElement) is var kind && kind != ModelKind)
                throw Wrong(file, $"model_type is '{kind}'", $"'{ModelKind}': the folder of a student, as `retort distill` writes it");
            // Another version may lack or add anything, so its number is read before all else.
            if (json.RootElement.TryGetProperty("format_version", out JsonElement version)
                && version.TryGetInt32(out int number) && number != CurrentFormat)
                throw Wrong(file, $"format_version is {number}", $"{CurrentFormat}; use the version of Retort that wrote it");
            return json.RootElement.Deserialize(StudentConfigJson.Default.StudentConfig)
                ?? throw Wrong(file, "null", "an object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{file} is not the configuration of a student: {e.Message}", e);
        }
    }

    private static string? KindOf(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("model_type", out JsonElement kind)
            && kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;

    private static JsonDocument ParseDocument(string file)
    {
        long length = new FileInfo(file).Length;
        if (length > LargestFile)
            throw Wrong(file, $"{length} bytes", $"at most {LargestFile}");
        return JsonDocument.Parse(File.ReadAllBytes(file));
    }

    private static InvalidDataException Wrong(string file, string found, string expected) =>
        new($"{file}: {found}; expected {expected}");
}

/// <summary>Reads and writes without reflection, so that trimming and AOT keep everything.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(SnakeCaseEnum<Activation>), typeof(SnakeCaseEnum<Pooling>)])]
[JsonSerializable(typeof(StudentConfig))]
internal sealed partial class StudentConfigJson : JsonSerializerContext;

/// <summary>An enum by its name in snake_case; numbers are refused.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
