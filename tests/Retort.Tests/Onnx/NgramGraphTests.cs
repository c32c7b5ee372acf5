using Retort.Onnx;
using Retort.Onnx.Schema;
using Retort.Onnx.Students;
using Retort.Runtime.Model;
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

    [Theory]
    [InlineData(64)]
    [InlineData(1_003)]
    [InlineData(5)]
    public void Rows_are_those_of_the_index(int buckets)
    {
        var random = new Random(buckets);
        NgramIndex index = NgramIndex.All(buckets).Keep([.. Enumerable.Range(0, buckets).Select(_ => random.Next(3) == 0)]);
        Assert.InRange(index.Rows, 1, buckets - 1);
        var graph = new GraphBuilder(name => throw new InvalidOperationException(name));
        (string rows, string isKept) = new NgramRows(graph, index).Find(graph.Input(TensorNames.Ids));
        graph.Output(rows, buckets, type: TensorProto.Types.DataType.Int64);
        graph.Output(isKept, buckets, type: TensorProto.Types.DataType.Bool);
        string file = new OnnxModel(graph.Finish("rows"), new Dictionary<string, string>()).Write(_folder);
        long[] all = [.. Enumerable.Range(0, buckets).Select(bucket => (long)bucket)];
        Assert.Equal(all.Select(bucket => Math.Max(0, (long)index[(int)bucket])), OnnxFile.Run<long>(file, rows, [1, buckets], (TensorNames.Ids, all)));
        Assert.Equal(all.Select(bucket => index[(int)bucket] != NgramIndex.None), OnnxFile.Run<bool>(file, isKept, [1, buckets], (TensorNames.Ids, all)));
    }
}
