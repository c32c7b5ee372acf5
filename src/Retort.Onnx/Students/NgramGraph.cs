using Retort.Runtime.Model;
using DataType = Retort.Onnx.Schema.TensorProto.Types.DataType;

namespace Retort.Onnx.Students;

/// <summary>
/// Sums of hashed bigram and trigram embeddings. The hash is <see cref="NgramHash"/>, in int64.
/// </summary>
internal static class NgramGraph
{
    /// <summary>The bucket of the n-gram that starts at each position; positions near the end run into ids of 0.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="ids">(batch, length) int64.</param>
    /// <param name="order">2 or 3.</param>
    /// <param name="buckets">Rows of the table.</param>
    /// <returns>(batch, length) int64.</returns>
    public static string Buckets(GraphBuilder graph, string ids, int order, int buckets)
    {
        string extended = Extend(graph, ids, graph.Scalar(0));
        string sum = "";
        for (int k = 0; k < order; k++)
        {
            string shifted = graph.Node("Add", [Shift(graph, extended, k), graph.Scalar(1)]);
            string term = graph.Node("Mul", [shifted, graph.Scalar(NgramHash.Factors[k])]);
            sum = k == 0 ? term : graph.Node("Add", [sum, term]);
        }
        string residue = graph.Node("Mod", [sum, graph.Scalar(NgramHash.Modulus)]);
        return graph.Node("Mod", [residue, graph.Scalar(buckets)]);
    }

    /// <summary>The sums of both orders over the square root of the text's length: two values of (batch, width).</summary>
    public static string[] Sums(GraphBuilder graph, StudentGraphInput student, string ids, TokenMask mask)
    {
        StudentShape shape = student.Shape;
        NgramRows? some = student.Ngrams is { IsFull: false } index ? new NgramRows(graph, index) : null;
        string flags = Extend(graph, mask.Flags, graph.Scalar(0f)), root = graph.Node("Sqrt", [mask.Count]);
        string present = graph.Node("Mul", [mask.Flags, Shift(graph, flags, 1)]); // (batch, length): 1 where a bigram starts
        string pairs = Sum(2, present);
        string triples = Sum(3, graph.Node("Mul", [present, Shift(graph, flags, 2)]));
        return [graph.Node("Div", [pairs, root]), graph.Node("Div", [triples, root])];

        string Sum(int order, string starts)
        {
            string row = Buckets(graph, ids, order, shape.NgramBuckets);
            if (some is not null)
            {
                (row, string isKept) = some.Find(row);
                starts = graph.Node("Mul", [starts, graph.Node("Cast", [isKept], GraphBuilder.Int("to", (long)DataType.Float))]);
            }
            string rows = graph.Rows(StudentShape.NgramWeight, [shape.NgramRowCount, shape.NgramWidth], row); // (batch, length, width)
            string kept = graph.Node("Mul", [rows, graph.Node("Unsqueeze", [starts, graph.Vector(2)])]);
            return graph.Node("ReduceSum", [kept, graph.Vector(1)], GraphBuilder.Int("keepdims", 0)); // (batch, width)
        }
    }

    // Two more columns, so that every shift is as long as the text, were it one token.
    private static string Extend(GraphBuilder graph, string value, string fill) =>
        graph.Node("Pad", [value, graph.Vector(0, 0, 0, NgramHash.Orders), fill]);

    // Columns offset to offset + length of an extended value.
    private static string Shift(GraphBuilder graph, string extended, int offset) => graph.Node("Slice",
        [extended, graph.Vector(offset), graph.Vector(offset < NgramHash.Orders ? offset - NgramHash.Orders : long.MaxValue), graph.Vector(1)]);
}
