using DataType = Retort.Onnx.Schema.TensorProto.Types.DataType;

namespace Retort.Onnx.Teachers;

/// <summary>Writes a BERT classifier as an ONNX graph (Devlin et al. 2018, arXiv:1810.04805). Padding changes nothing.</summary>
public sealed class BertGraph
{
    private readonly GraphBuilder _graph;
    private readonly BertGraphInput _bert;

    private BertGraph(BertGraphInput bert) => (_bert, _graph) = (bert, new GraphBuilder(bert.Weights));

    /// <summary>Builds the model; reads each weight once.</summary>
    /// <exception cref="NotSupportedException">The weights are more than one ONNX file holds.</exception>
    /// <exception cref="InvalidDataException">A weight has another number of elements than the sizes say.</exception>
    public static OnnxModel Build(BertGraphInput bert)
    {
        var writer = new BertGraph(bert);
        writer.Write();
        return new OnnxModel(writer._graph.Finish("bert"), bert.Metadata);
    }

    private void Write()
    {
        string ids = _graph.Input(TensorNames.Ids), attention = _graph.Input(TensorNames.Mask);
        string types = _graph.Input(TensorNames.TokenTypes);
        string states = Embed(ids, types), mask = AdditiveMask(attention);
        for (int k = 0; k < _bert.Layers; k++)
            states = Layer(states, mask, $"bert.encoder.layer.{k}", last: k == _bert.Layers - 1);
        _graph.Output(TensorNames.States, _bert.Hidden, perToken: true);
        string first = _graph.Node("Gather", [states, _graph.Scalar(0)], GraphBuilder.Int("axis", 1)); // (batch, hidden)
        string pooled = _graph.Node("Tanh", [Linear(first, "bert.pooler.dense", _bert.Hidden, _bert.Hidden)]);
        ClassifierOutputs.Add(_graph, pooled, _bert.Hidden, _bert.Classes, temperature: 1, _bert.MultiLabel);
    }

    private string Embed(string ids, string types)
    {
        string words = Rows("word", _bert.VocabularySize, ids), kinds = Rows("token_type", _bert.TokenTypes, types);
        string length = _graph.Node("Shape", [ids], GraphBuilder.Int("start", 1), GraphBuilder.Int("end", 2));
        string table = _graph.Weight(Embedding("position"), [_bert.MaxPositions, _bert.Hidden]);
        string positions = _graph.Node("Slice", [table, _graph.Vector(0), length]); // (length, hidden)
        string sum = _graph.Node("Add", [_graph.Node("Add", [words, positions]), kinds]);
        return Normalize(sum, "bert.embeddings.LayerNorm");
    }

    private string Rows(string table, int rows, string indices) => _graph.Rows(Embedding(table), [rows, _bert.Hidden], indices);

    private static string Embedding(string name) => $"bert.embeddings.{name}_embeddings.weight";

    // (batch, 1, 1, length): 0 at a token, the lowest float at padding. Not −∞: a text without tokens would become NaN.
    private string AdditiveMask(string attention)
    {
        string columns = _graph.Node("Unsqueeze", [attention, _graph.Vector(1, 2)]);
        string flags = _graph.Node("Cast", [columns], GraphBuilder.Int("to", (long)DataType.Float));
        return _graph.Node("Mul", [_graph.Node("Sub", [_graph.Scalar(1f), flags]), _graph.Scalar(float.MinValue)]);
    }

    private string Layer(string states, string mask, string name, bool last)
    {
        string attended = Residual(Attend(states, mask, $"{name}.attention.self"), states, $"{name}.attention.output", _bert.Hidden);
        string wide = Gelu(Linear(attended, $"{name}.intermediate.dense", _bert.Hidden, _bert.Intermediate));
        return Residual(wide, attended, $"{name}.output", _bert.Intermediate, last ? TensorNames.States : null);
    }

    // Projects back to the hidden width, adds what came in, normalizes.
    private string Residual(string wide, string input, string name, int width, string? output = null)
    {
        string sum = _graph.Node("Add", [Linear(wide, $"{name}.dense", width, _bert.Hidden), input]);
        return Normalize(sum, $"{name}.LayerNorm", output);
    }

    // (batch, length, hidden).
    private string Attend(string states, string mask, string name)
    {
        string query = Split("query", 0, 2, 1, 3), key = Split("key", 0, 2, 3, 1), value = Split("value", 0, 2, 1, 3);
        string scores = _graph.Node("Div",
            [_graph.Node("MatMul", [query, key]), _graph.Scalar(MathF.Sqrt(_bert.Hidden / _bert.Heads))]);
        string shares = _graph.Node("Softmax", [_graph.Node("Add", [scores, mask])], GraphBuilder.Int("axis", -1));
        string mixed = _graph.Node("MatMul", [shares, value]); // (batch, heads, length, hidden / heads)
        string merged = _graph.Node("Transpose", [mixed], GraphBuilder.Ints("perm", 0, 2, 1, 3));
        return _graph.Node("Reshape", [merged, _graph.Vector(0, 0, _bert.Hidden)]);

        string Split(string part, params long[] order)
        {
            string projected = Linear(states, $"{name}.{part}", _bert.Hidden, _bert.Hidden);
            string heads = _graph.Node("Reshape", [projected, _graph.Vector(0, 0, _bert.Heads, _bert.Hidden / _bert.Heads)]);
            return _graph.Node("Transpose", [heads], GraphBuilder.Ints("perm", order));
        }
    }

    private string Gelu(string x) => _bert.TanhGelu ? ApproximateGelu(x) : ExactGelu(x);

    // x · ½ · (1 + erf(x / √2)).
    private string ExactGelu(string x)
    {
        string error = _graph.Node("Erf", [_graph.Node("Div", [x, _graph.Scalar(MathF.Sqrt(2))])]);
        return Gate(x, error);
    }

    // x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) (Hendrycks and Gimpel 2016, arXiv:1606.08415).
    private string ApproximateGelu(string x)
    {
        string cube = _graph.Node("Mul", [x, _graph.Node("Mul", [x, x])]);
        string sum = _graph.Node("Add", [x, _graph.Node("Mul", [cube, _graph.Scalar(0.044715f)])]);
        return Gate(x, _graph.Node("Tanh", [_graph.Node("Mul", [sum, _graph.Scalar(MathF.Sqrt(2 / MathF.PI))])]));
    }

    private string Gate(string x, string share)
    {
        string shifted = _graph.Node("Add", [share, _graph.Scalar(1f)]);
        return _graph.Node("Mul", [_graph.Node("Mul", [x, shifted]), _graph.Scalar(0.5f)]);
    }

    // MatMul reads (input, output) where the folder has (output, input).
    private string Linear(string x, string name, int input, int output)
    {
        string weight = _graph.Weight($"{name}.weight", [input, output], values => Transpose(values, output, input));
        return _graph.Node("Add", [_graph.Node("MatMul", [x, weight]), _graph.Weight($"{name}.bias", [output])]);
    }

    private string Normalize(string x, string name, string? output = null)
    {
        string[] inputs = [x, _graph.Weight($"{name}.weight", [_bert.Hidden]), _graph.Weight($"{name}.bias", [_bert.Hidden])];
        var axis = GraphBuilder.Int("axis", -1);
        var epsilon = GraphBuilder.Float("epsilon", (float)_bert.LayerNormEpsilon);
        return output is null
            ? _graph.Node("LayerNormalization", inputs, axis, epsilon)
            : _graph.Named(output, "LayerNormalization", inputs, axis, epsilon);
    }

    private static float[] Transpose(float[] values, int rows, int columns)
    {
        float[] transposed = new float[values.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                transposed[c * rows + r] = values[r * columns + c];
        }
        return transposed;
    }
}
