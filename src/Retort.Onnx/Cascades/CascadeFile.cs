using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Retort.Onnx.Cascades;

/// <summary>
/// What a cascade does, as <c>retort cascade</c> writes it into a folder: from which confidence the student answers, where the
/// teacher stands that answers else, which texts are out of scope.
/// </summary>
public sealed record CascadeFile
{
    /// <summary>The name of the file in the cascade's folder.</summary>
    public const string Name = "cascade.json";

    /// <summary>The version that this library reads and writes.</summary>
    public const int CurrentFormat = 1;

    private const long LargestFile = 16 << 20;

    private static readonly CascadeJson Written = new(
        new JsonSerializerOptions(CascadeJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary><see cref="CurrentFormat"/>.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>SHA-256 of the config.json of the student that the numbers were found for, lower-case hexadecimal. It holds the hashes of the student's other files.</summary>
    public required string StudentSha256 { get; init; }

    /// <summary>
    /// The student answers where the probability of its likeliest class is at least this; in [0, ∞). 0: it answers always; above 1: never.
    /// </summary>
    public required double Threshold { get; init; }

    /// <summary>Who answers else; null: there is none, and the threshold is 0.</summary>
    public CascadeTeacher? Teacher { get; init; }

    /// <summary>Which texts belong to no class; null: none is rejected.</summary>
    public RejectionRule? Rejection { get; init; }

    /// <summary>How sets of classes are made that hold the true one with a stated probability; null: none are made.</summary>
    public ConformalRule? Conformal { get; init; }

    /// <summary>Reads a cascade's folder and checks what can be checked without its teacher.</summary>
    /// <exception cref="InvalidDataException">The file is no cascade's, or is of another version; the message says why.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static CascadeFile Read(string folder)
    {
        string file = Path.Combine(folder, Name);
        if (!File.Exists(file))
            throw new FileNotFoundException($"{folder} has no {Name}: expected the folder that `retort cascade` writes", file);
        if (new FileInfo(file).Length is > LargestFile and var length)
            throw Wrong(file, $"{length} bytes", $"at most {LargestFile}");
        CascadeFile cascade = Parse(file);
        if (!(cascade.Threshold >= 0 && double.IsFinite(cascade.Threshold)))
            throw Wrong(file, $"threshold is {cascade.Threshold}", "a number of 0 or more");
        if (cascade.Teacher is null && cascade.Threshold > 0)
            throw Wrong(file, $"threshold is {cascade.Threshold} and there is no teacher", "0, or a teacher");
        cascade.Teacher?.Validate(file);
        if (cascade.Rejection is { Threshold: not (>= 0 and <= 1) } rejection)
            throw Wrong(file, $"rejection.threshold is {rejection.Threshold}", "a probability");
        if (cascade.Conformal is { } conformal && !(conformal.Coverage is > 0 and < 1 && conformal.Threshold is >= 0 and <= 1))
            throw Wrong(file, $"conformal has a coverage of {conformal.Coverage} and a threshold of {conformal.Threshold}", "probabilities");
        return cascade;
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Written.CascadeFile) + "\n";

    internal static InvalidDataException Wrong(string file, string found, string expected) => new($"{file}: {found}; expected {expected}");

    private static CascadeFile Parse(string file)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("format_version", out JsonElement version)
                && version.TryGetInt32(out int number) && number != CurrentFormat)
                throw Wrong(file, $"format_version is {number}", $"{CurrentFormat}; use the version of Retort that wrote it");
            return json.RootElement.Deserialize(CascadeJson.Default.CascadeFile) ?? throw Wrong(file, "null", "an object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{file} is not a cascade: {e.Message}", e);
        }
    }
}

/// <summary>A text is out of scope where the student's likeliest class is less probable than this.</summary>
public sealed record RejectionRule
{
    /// <summary>In [0, 1].</summary>
    public required double Threshold { get; init; }
}

/// <summary>
/// Split conformal prediction: the set of all classes whose probability, as the student says it, is at least a threshold holds the true one
/// with at least the stated probability, for texts that are drawn as dev was (Vovk et al. 2005; Sadinle et al. 2019, arXiv:1609.00451).
/// </summary>
public sealed record ConformalRule
{
    /// <summary>In (0, 1).</summary>
    public required double Coverage { get; init; }

    /// <summary>In [0, 1].</summary>
    public required double Threshold { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(SnakeCaseScores)])]
[JsonSerializable(typeof(CascadeFile))]
internal sealed partial class CascadeJson : JsonSerializerContext;

internal sealed class SnakeCaseScores() : JsonStringEnumConverter<TeacherScores>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);
