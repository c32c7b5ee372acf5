using DataType = Retort.Onnx.Schema.TensorProto.Types.DataType;

namespace Retort.Onnx.Students;

/// <summary>The attention mask in the forms that the student's layers read.</summary>
/// <param name="Flags">(batch, length) float: 1 at a token, 0 at padding.</param>
/// <param name="Columns">(batch, 1, length) the same.</param>
/// <param name="IsToken">(batch, 1, length) bool.</param>
/// <param name="HasTokens">(batch, 1) bool: whether the text has any token.</param>
/// <param name="Count">(batch, 1) float: its tokens, at least 1.</param>
internal sealed record TokenMask(string Flags, string Columns, string IsToken, string HasTokens, string Count)
{
    public static TokenMask Add(GraphBuilder graph, string mask)
    {
        string flags = Cast(graph, mask, DataType.Float);
        string tokens = graph.Node("ReduceSum", [flags, graph.Vector(1)], GraphBuilder.Int("keepdims", 1));
        string columns = graph.Node("Unsqueeze", [flags, graph.Vector(1)]);
        return new TokenMask(flags, columns, Cast(graph, columns, DataType.Bool), Cast(graph, tokens, DataType.Bool),
            graph.Node("Max", [tokens, graph.Scalar(1f)]));
    }

    private static string Cast(GraphBuilder graph, string value, DataType type) =>
        graph.Node("Cast", [value], GraphBuilder.Int("to", (long)type));
}
