using Retort.Onnx;
using Retort.Onnx.Schema;
using Retort.Onnx.Students;
using Retort.Runtime.Tests.Model;

namespace Retort.Tests.Onnx;

public sealed class NgramGraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(NgramGolden.Rows), MemberType = typeof(NgramGolden))]
    public void Hashes_are_the_golden_ones(int buckets, long expected, int[] ids)
    {
        var graph = new GraphBuilder(name => throw new InvalidOperationException(name));
        string result = NgramGraph.Buckets(graph, graph.Input(TensorNames.Ids), ids.Length, buckets);
        graph.Output(result, ids.Length, type: TensorProto.Types.DataType.Int64);
        string file = new OnnxModel(graph.Finish("buckets"), new Dictionary<string, string>()).Write(_folder);
        long[] actual = OnnxFile.Run<long>(file, result, [1, ids.Length], (TensorNames.Ids, Array.ConvertAll(ids, id => (long)id)));
        Assert.Equal(expected, actual[0]);
    }
}
