namespace Retort.Onnx;

/// <summary>How an ONNX model's states of tokens become one vector a text.</summary>
public enum StatePooling
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The first token's.</summary>
    First,

    /// <summary>The mean over the text's tokens.</summary>
    Mean,
}
