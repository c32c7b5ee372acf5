namespace Retort.Signals;

/// <summary>What an ONNX model's output of classes is.</summary>
public enum OnnxOutput
{
    /// <summary>Whatever its values show it to be.</summary>
    Auto,

    Logits,

    /// <summary>Of a softmax, or of sigmoids where classes do not exclude each other.</summary>
    Probabilities,

    /// <summary>Their natural logarithms.</summary>
    LogProbabilities,
}
