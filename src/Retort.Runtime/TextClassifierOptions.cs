using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Runtime.Kernels;
using Retort.Runtime.Model;

namespace Retort.Runtime;

/// <summary>The numbers that a classifier computes its convolutions with.</summary>
public enum TablePrecision
{
    /// <summary>8-bit tables: fast, small, and the same to the bit on every processor.</summary>
    Quantized,

    /// <summary>Single precision tables: slow, four times as large; to measure what 8 bits cost.</summary>
    Full,
}

/// <summary>How a classifier is loaded.</summary>
public sealed record TextClassifierOptions
{
    private const long LargestFile = 1 << 16;

    /// <summary>
    /// The most bytes of folded token rows to keep. Tokens beyond it, the rarest ones, are folded again for each text: the same
    /// answers, more slowly. Default: no limit. In 8 bits a token takes the sum of the windows × raw channels, padded to 32 or 64.
    /// Not counted: the n-gram table, and what each text under way needs, about 130 rows where there is a limit.
    /// </summary>
    public long MaxTableBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Fold the rows that <see cref="MaxTableBytes"/> allows while loading, on all processors, rather than as texts bring their
    /// tokens. Loading then takes longer and no answer waits for them; what they were folded from is let go. Default: false.
    /// </summary>
    public bool FoldAtLoad { get; init; }

    /// <summary>The numbers of the tables. Default: <see cref="TablePrecision.Quantized"/>.</summary>
    public TablePrecision Precision { get; init; } = TablePrecision.Quantized;

    /// <summary>
    /// The instructions to use: v512, v256, v128 or scalar. Default, null: the widest that the processor has. The environment
    /// variable RETORT_KERNEL overrides it. Answers are the same.
    /// </summary>
    public string? Kernel { get; init; }

    /// <summary>Threads of a call that asks for 0 of them. Default, 0: one a processor.</summary>
    public int Threads { get; init; }

    /// <summary>Reads a profile, as <c>retort bench</c> writes it for a student on a machine: a JSON object with these options in snake case.</summary>
    /// <exception cref="InvalidDataException">The file is no profile; the message says why.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static TextClassifierOptions Load(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            if (stream.Length > LargestFile)
                throw new InvalidDataException($"{file} has {stream.Length} bytes; expected a profile of at most {LargestFile}");
            Profile profile = JsonSerializer.Deserialize(stream, ProfileJson.Default.Profile)
                ?? throw new InvalidDataException($"{file} is null; expected an object");
            TextClassifierOptions options = profile.ToOptions();
            options.Validate();
            return options;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{file} is no profile of a classifier: {e.Message}", e);
        }
    }

    /// <summary>The text of a profile.</summary>
    public string ToJson() => JsonSerializer.Serialize(Profile.Of(this), ProfileJson.Default.Profile) + "\n";

    internal ConvolutionKernel FindKernel() => KernelChoice.Of(Kernel);

    internal void Validate()
    {
        if (Kernel is not null && KernelChoice.All.All(kernel => kernel.Name != Kernel))
            throw new ArgumentException($"Kernel is '{Kernel}'; expected one of {string.Join(", ", KernelChoice.All.Select(kernel => kernel.Name))}, or null");
        if (Threads < 0)
            throw new ArgumentException($"Threads is {Threads}; expected 0 or more");
        if (MaxTableBytes < 0)
            throw new ArgumentException($"MaxTableBytes is {MaxTableBytes}; expected 0 or more bytes");
        if (!Enum.IsDefined(Precision))
            throw new ArgumentException($"Precision is {Precision}; expected Quantized or Full");
    }
}

/// <summary>The file: what is left out has its default.</summary>
internal sealed record Profile(string? Kernel = null, int? Threads = null, long? MaxTableBytes = null, bool? FoldAtLoad = null, TablePrecision? Precision = null)
{
    public static Profile Of(TextClassifierOptions options) => new(options.Kernel, options.Threads,
        options.MaxTableBytes == long.MaxValue ? null : options.MaxTableBytes, options.FoldAtLoad, options.Precision);

    public TextClassifierOptions ToOptions()
    {
        var defaults = new TextClassifierOptions();
        return new TextClassifierOptions
        {
            Kernel = Kernel,
            Threads = Threads ?? defaults.Threads,
            MaxTableBytes = MaxTableBytes ?? defaults.MaxTableBytes,
            FoldAtLoad = FoldAtLoad ?? defaults.FoldAtLoad,
            Precision = Precision ?? defaults.Precision,
        };
    }
}

/// <summary>Reads and writes without reflection, so that trimming and AOT keep everything.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(SnakeCaseEnum<TablePrecision>)])]
[JsonSerializable(typeof(Profile))]
internal sealed partial class ProfileJson : JsonSerializerContext;
