using System.Numerics;
using Retort.Runtime.Model;
using DataType = Retort.Onnx.Schema.TensorProto.Types.DataType;

namespace Retort.Onnx.Students;

/// <summary>
/// Which row a bucket of n-grams has, where only some have one: a byte says which of eight buckets do, a number how many rows the buckets before these have, and a table of all
/// bytes the rest. Five bytes for eight buckets, where a number for each would take thirty-two.
/// </summary>
internal sealed class NgramRows
{
    private const int ByteBits = 8, Bytes = 1 << ByteBits;

    private readonly GraphBuilder _graph;
    private readonly string _kept, _before, _within;

    public NgramRows(GraphBuilder graph, NgramIndex index)
    {
        _graph = graph;
        byte[] kept = index.ToBytes();
        int[] before = new int[kept.Length];
        for (int b = 1; b < kept.Length; b++)
            before[b] = before[b - 1] + BitOperations.PopCount(kept[b - 1]);
        _kept = graph.Constant("ngram.kept", kept);
        _before = graph.Constant("ngram.before", before);
        _within = graph.Constant("ngram.within", [.. Enumerable.Range(0, Bytes * ByteBits).Select(k => Within(k / ByteBits, k % ByteBits))]);
    }

    /// <summary>The rows of buckets.</summary>
    /// <param name="buckets">int64, of any shape.</param>
    /// <returns>int64, 0 where a bucket has none; and bool: whether it has one.</returns>
    public (string Rows, string IsKept) Find(string buckets)
    {
        string place = _graph.Node("Div", [buckets, _graph.Scalar(ByteBits)]), bit = _graph.Node("Mod", [buckets, _graph.Scalar(ByteBits)]);
        string entry = _graph.Node("Add", [_graph.Node("Mul", [Gather(_kept, place), _graph.Scalar(ByteBits)]), bit]);
        string within = Gather(_within, entry);
        string isKept = _graph.Node("Greater", [within, _graph.Scalar(NgramIndex.None)]);
        return (_graph.Node("Where", [isKept, _graph.Node("Add", [Gather(_before, place), within]), _graph.Scalar(0)]), isKept);
    }

    private string Gather(string constant, string indices) =>
        _graph.Node("Cast", [_graph.Node("Gather", [constant, indices])], GraphBuilder.Int("to", (long)DataType.Int64));

    // The bits before one of a byte, or None where that bit is not set.
    private static int Within(int bits, int bit) => (bits >> bit & 1) == 0 ? NgramIndex.None : BitOperations.PopCount((uint)bits & (1u << bit) - 1);
}
