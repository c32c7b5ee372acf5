using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Retort.Onnx.TextModels;

/// <summary>What an input is fed with.</summary>
internal enum InputRole
{
    Ids,
    Mask,
    TokenTypes,
    Positions,
}

/// <summary>One input of a text model: (batch, tokens).</summary>
internal sealed record ModelInput(string Name, InputRole Role, bool Wide);

/// <summary>The inputs of a text model, found by their names. Immutable.</summary>
/// <param name="All">In the model's order.</param>
/// <param name="Batch">Texts a batch, where the model fixes them; 0: any number.</param>
/// <param name="Length">Tokens a text, where the model fixes them; 0: any number.</param>
internal sealed record ModelInputs(IReadOnlyList<ModelInput> All, int Batch, int Length)
{
    private static readonly Dictionary<string, InputRole> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        [TensorNames.Ids] = InputRole.Ids,
        [TensorNames.Mask] = InputRole.Mask,
        ["input_mask"] = InputRole.Mask,
        [TensorNames.TokenTypes] = InputRole.TokenTypes,
        ["segment_ids"] = InputRole.TokenTypes,
        ["position_ids"] = InputRole.Positions,
    };

    /// <exception cref="InvalidDataException">It has no token ids, or needs something else.</exception>
    public static ModelInputs Of(IReadOnlyDictionary<string, NodeMetadata> declared)
    {
        string[] unknown = declared.Keys.Where(name => !Roles.ContainsKey(name)).ToArray();
        if (unknown.Length > 0)
        {
            throw new InvalidDataException($"it needs {string.Join(", ", unknown.Select(name => $"'{name}' {Describe(declared[name])}"))}: expected no "
                + $"other inputs than {string.Join(", ", Roles.Keys)}; is it a text classifier?");
        }
        if (!declared.Keys.Any(name => Roles[name] == InputRole.Ids))
        {
            throw new InvalidDataException($"it has no input {TensorNames.Ids} "
                + $"({(declared.Count == 0 ? "it has none at all" : $"it has {string.Join(", ", declared.Keys)}")}): expected a text classifier");
        }
        ModelInput[] all = declared.Select(input => Read(input.Key, input.Value)).ToArray();
        return new ModelInputs(all, Fixed(declared, 0), Fixed(declared, 1));
    }

    private static ModelInput Read(string name, NodeMetadata declared)
    {
        if (declared.ElementDataType is not (TensorElementType.Int64 or TensorElementType.Int32) || declared.Dimensions.Length is not (0 or 2))
            throw new InvalidDataException($"its input '{name}' is {Describe(declared)}: expected int64 or int32 (batch, tokens)");
        return new ModelInput(name, Roles[name], declared.ElementDataType == TensorElementType.Int64);
    }

    // A size that the caller chooses is −1; a model may leave a shape out.
    private static int Fixed(IReadOnlyDictionary<string, NodeMetadata> declared, int axis)
    {
        int[] sizes = declared.Values.Where(input => input.Dimensions.Length == 2 && input.Dimensions[axis] > 0)
            .Select(input => input.Dimensions[axis]).Distinct().ToArray();
        if (sizes.Length > 1)
            throw new InvalidDataException($"its inputs have several fixed sizes, {string.Join(" and ", sizes)}: expected one");
        return sizes.Length == 0 ? 0 : sizes[0];
    }

    private static string Describe(NodeMetadata declared) => !declared.IsTensor ? "(no tensor)"
        : $"{declared.ElementDataType.ToString().ToLowerInvariant()} ({string.Join(", ", declared.Dimensions.Select((size, axis) => size > 0 ? $"{size}" : Free(declared, axis)))})";

    private static string Free(NodeMetadata declared, int axis) =>
        declared.SymbolicDimensions[axis] is { Length: > 0 } name ? name : "any";
}
