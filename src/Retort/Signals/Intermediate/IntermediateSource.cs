using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Retort.Runs;

namespace Retort.Signals.Intermediate;

/// <summary>How intermediate signals are stored.</summary>
public enum IntermediatePrecision
{
    /// <summary>Half precision: 2 bytes a number.</summary>
    F16,

    /// <summary>A byte a number, and a scale of 4 for each state and each row of attention.</summary>
    [SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "It is what the format is called.")]
    Int8,
}

/// <summary>Everything beside the text that a stored intermediate signal depends on.</summary>
/// <param name="Signals">The teacher: its weights, tokenizer and length limit.</param>
/// <param name="Layers">What of it is kept.</param>
/// <param name="Hidden">Width of its states.</param>
/// <param name="Precision">How that is stored.</param>
public sealed record IntermediateSource(SignalSource Signals, IntermediateLayers Layers, int Hidden, IntermediatePrecision Precision)
{
    /// <summary>A name for the folder: 16 hexadecimal digits.</summary>
    [JsonIgnore]
    public string Fingerprint => ContentHash.OfText(ToJson())[..16];

    [JsonIgnore]
    public IntermediateShape Shape => Layers.Shape(Hidden);

    /// <summary>Bytes of a text of so many tokens.</summary>
    public long Bytes(int tokens) => Bytes(Shape, Precision, tokens);

    /// <summary>Bytes of a text of so many tokens.</summary>
    public static long Bytes(IntermediateShape shape, IntermediatePrecision precision, int tokens) => precision == IntermediatePrecision.F16
        ? sizeof(ushort) * shape.Count(tokens) : shape.Count(tokens) + sizeof(float) * shape.Rows(tokens);

    public string ToJson() => JsonSerializer.Serialize(this, JsonForm.Indented);
}
