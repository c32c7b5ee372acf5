using Retort.Runtime.Model;

namespace Retort.Onnx.Students;

/// <summary>
/// Writes a TextCNN student as an ONNX graph. Padding changes nothing: it contributes zero rows to the convolutions and is
/// left out of the maxima, means and n-gram sums; a text without tokens pools to zeros.
/// </summary>
public sealed class StudentGraph
{
    private readonly GraphBuilder _graph;
    private readonly StudentGraphInput _student;
    private readonly StudentShape _shape;

    private StudentGraph(StudentGraphInput student) => (_student, _shape, _graph) = (student, student.Shape, new GraphBuilder(student.Weights));

    /// <summary>Builds the model; reads each weight once.</summary>
    /// <exception cref="NotSupportedException">The weights are more than one ONNX file holds.</exception>
    /// <exception cref="InvalidDataException">A weight has another number of elements than the sizes say.</exception>
    public static OnnxModel Build(StudentGraphInput student)
    {
        var writer = new StudentGraph(student);
        writer.Write();
        return new OnnxModel(writer._graph.Finish("textcnn"), student.Metadata);
    }

    private void Write()
    {
        string ids = _graph.Input(TensorNames.Ids), attention = _graph.Input(TensorNames.Mask);
        string known = _graph.Node("Mul", [ids, attention]); // whatever stands at padding becomes 0, a row of the table
        TokenMask mask = TokenMask.Add(_graph, attention);
        string features = Pool(known, mask);
        int width = _shape.PooledWidth;
        if (_shape.HiddenWidth > 0)
        {
            features = Hidden(features, width);
            width = _shape.HiddenWidth;
        }
        ClassifierOutputs.Add(_graph, features, width, _shape.Classes, _student.Temperature, _student.MultiLabel);
    }

    // The maxima of every window, the means of every window, the n-grams: (batch, pooled width).
    private string Pool(string ids, TokenMask mask)
    {
        string embedded = Embed(ids, mask);
        string[] maps = _shape.Windows.Select((_, k) => Activate(Convolve(embedded, k))).ToArray();
        List<string> parts = maps.Select(map => Maximum(map, mask)).ToList();
        if (_shape.Pooling == Pooling.MaxMean)
            parts.AddRange(maps.Select(map => Mean(map, mask)));
        if (_shape.NgramBuckets > 0)
            parts.AddRange(NgramGraph.Sums(_graph, _student, ids, mask));
        return parts.Count == 1 ? parts[0] : _graph.Node("Concat", [.. parts], GraphBuilder.Int("axis", 1));
    }

    // (batch, embedding width, length), zero columns at padding.
    private string Embed(string ids, TokenMask mask)
    {
        string rows = _graph.Rows(StudentShape.EmbeddingWeight, [_shape.VocabularySize, _shape.EmbeddingWidth], ids); // (batch, length, embedding width)
        string columns = _graph.Node("Transpose", [rows], GraphBuilder.Ints("perm", 0, 2, 1));
        return _graph.Node("Mul", [columns, mask.Columns]);
    }

    // (batch, raw channels, length).
    private string Convolve(string embedded, int index)
    {
        int window = _shape.Windows[index], channels = _shape.RawChannels(index), width = _shape.EmbeddingWidth, left = (window - 1) / 2;
        string weight = _graph.Weight($"convolution.{window}.weight", [channels, width, window],
            values => SwapInner(values, channels, window, width));
        string bias = _graph.Weight($"convolution.{window}.bias", [channels]);
        return _graph.Node("Conv", [embedded, weight, bias],
            GraphBuilder.Ints("kernel_shape", window), GraphBuilder.Ints("pads", left, window - 1 - left));
    }

    // (batch, filters, length).
    private string Activate(string raw)
    {
        if (_shape.Activation == Activation.Relu)
            return _graph.Node("Relu", [raw]);
        string[] halves = _graph.Nodes("Split", 2, [raw], GraphBuilder.Int("axis", 1));
        return _graph.Node("Mul", [halves[0], _graph.Node("Sigmoid", [halves[1]])]);
    }

    private string Maximum(string map, TokenMask mask)
    {
        string kept = _graph.Node("Where", [mask.IsToken, map, _graph.Scalar(float.NegativeInfinity)]);
        string maximum = _graph.Node("ReduceMax", [kept], GraphBuilder.Ints("axes", 2), GraphBuilder.Int("keepdims", 0));
        return _graph.Node("Where", [mask.HasTokens, maximum, _graph.Scalar(0f)]); // (batch, filters)
    }

    private string Mean(string map, TokenMask mask)
    {
        string kept = _graph.Node("Mul", [map, mask.Columns]);
        string sum = _graph.Node("ReduceSum", [kept, _graph.Vector(2)], GraphBuilder.Int("keepdims", 0));
        return _graph.Node("Div", [sum, mask.Count]); // (batch, filters)
    }

    private string Hidden(string features, int width)
    {
        string weight = _graph.Weight("hidden.weight", [_shape.HiddenWidth, width]);
        string bias = _graph.Weight("hidden.bias", [_shape.HiddenWidth]);
        return _graph.Node("Relu", [_graph.Node("Gemm", [features, weight, bias], GraphBuilder.Int("transB", 1))]);
    }

    // (outer, rows, columns) → (outer, columns, rows): a student's folder has a window's slices side by side.
    private static float[] SwapInner(float[] values, int outer, int rows, int columns)
    {
        float[] swapped = new float[values.Length];
        for (int o = 0; o < outer; o++)
        {
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                    swapped[(o * columns + c) * rows + r] = values[(o * rows + r) * columns + c];
            }
        }
        return swapped;
    }
}
