namespace Retort.Onnx;

/// <summary>What the inputs and outputs of an exported classifier are called.</summary>
public static class TensorNames
{
    /// <summary>(batch, length) int64 token ids.</summary>
    public const string Ids = "input_ids";

    /// <summary>(batch, length) int64: 1 at a token, 0 at padding.</summary>
    public const string Mask = "attention_mask";

    /// <summary>(batch, length) int64: 0 for the first text, 1 for the second; teachers only.</summary>
    public const string TokenTypes = "token_type_ids";

    /// <summary>(batch, classes) float32.</summary>
    public const string Logits = "logits";

    /// <summary>(batch, classes) float32: softmax, or sigmoid where classes do not exclude each other, at the temperature.</summary>
    public const string Probabilities = "probabilities";

    /// <summary>(batch, length, hidden) float32: the last layer's states; teachers only.</summary>
    public const string States = "last_hidden_state";
}
