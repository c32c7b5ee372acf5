namespace Retort.Onnx;

/// <summary>What an ONNX text classifier says of some texts, in their order.</summary>
/// <param name="Scores">(texts × classes), row by row: logits, probabilities or log-probabilities, whichever the model has.</param>
/// <param name="Pooled">(texts × hidden), row by row; empty where none was asked for.</param>
public sealed record OnnxTextOutputs(float[] Scores, float[] Pooled);
