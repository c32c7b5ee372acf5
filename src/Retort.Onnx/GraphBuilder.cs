using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Retort.Onnx.Schema;
using static Retort.Onnx.Schema.AttributeProto.Types;
using DataType = Retort.Onnx.Schema.TensorProto.Types.DataType;

namespace Retort.Onnx;

/// <summary>Collects the nodes and constants of a graph. Values are known by their names, which methods take and return.</summary>
/// <param name="weights">Reads a weight by its name, row-major.</param>
internal sealed class GraphBuilder(Func<string, GraphWeight> weights)
{
    /// <summary>A protobuf message ends at 2 GiB; what is not weights fits into the last MiB of that.</summary>
    public const long LargestWeights = int.MaxValue - (1L << 20);

    private readonly GraphProto _graph = new();
    private readonly HashSet<string> _constants = [];
    private readonly Dictionary<string, GraphWeight> _tables = [];
    private long _weightBytes;

    /// <summary>An int64 input: (batch, length).</summary>
    public string Input(string name)
    {
        _graph.Input.Add(Describe(name, DataType.Int64, [Free("batch"), Free("length")]));
        return name;
    }

    /// <summary>Declares a value to be an output: (batch, width), or (batch, length, width).</summary>
    public void Output(string name, long width, bool perToken = false, DataType type = DataType.Float)
    {
        TensorShapeProto.Types.Dimension last = new() { DimValue = width };
        _graph.Output.Add(Describe(name, type, perToken ? [Free("batch"), Free("length"), last] : [Free("batch"), last]));
    }

    /// <summary>A node with one output, which gets a name of its own.</summary>
    public string Node(string operation, string[] inputs, params AttributeProto[] attributes) =>
        Nodes(operation, 1, inputs, attributes)[0];

    /// <summary>A node with several outputs.</summary>
    public string[] Nodes(string operation, int outputs, string[] inputs, params AttributeProto[] attributes)
    {
        string name = $"{operation}_{_graph.Node.Count}";
        string[] names = outputs == 1 ? [name] : Enumerable.Range(0, outputs).Select(k => $"{name}_{k}").ToArray();
        Add(operation, inputs, names, attributes);
        return names;
    }

    /// <summary>A node whose one output has a given name.</summary>
    public string Named(string output, string operation, string[] inputs, params AttributeProto[] attributes)
    {
        Add(operation, inputs, [output], attributes);
        return output;
    }

    /// <summary>A weight as float32: a constant of its name, or what widens it.</summary>
    /// <param name="name">As the source calls it.</param>
    /// <param name="sizes">What the constant measures.</param>
    /// <param name="arrange">Brings the source's order into that of <paramref name="sizes"/>; null: it is that order.</param>
    /// <exception cref="NotSupportedException">The weights grow beyond what one ONNX file holds.</exception>
    /// <exception cref="InvalidDataException">The source has another number of elements.</exception>
    public string Weight(string name, long[] sizes, Func<float[], float[]>? arrange = null) =>
        Widen(name, Store(name, sizes, arrange), ScaleOf(name));

    /// <summary>Rows of a table as float32. The table stays narrow: what is looked up is all that an answer widens.</summary>
    /// <param name="name">As the source calls it; the table may be asked for again.</param>
    /// <param name="sizes">What the table measures.</param>
    /// <param name="indices">Of rows, int64.</param>
    /// <returns>The sizes of the indices, then those of a row.</returns>
    /// <exception cref="NotSupportedException">The weights grow beyond what one ONNX file holds.</exception>
    /// <exception cref="InvalidDataException">The source has another number of elements.</exception>
    public string Rows(string name, long[] sizes, string indices)
    {
        if (!_tables.TryGetValue(name, out GraphWeight? table))
            _tables.Add(name, table = Store(name, sizes));
        string scale = ScaleOf(name);
        return Widen(Node("Gather", [name, indices]), table, table.Scales is null || table.ByColumn ? scale : Node("Gather", [scale, indices]));
    }

    // A product and no DequantizeLinear: ONNX Runtime widens a constant by the former when it loads the file, by the latter at every answer.
    private string Widen(string narrow, GraphWeight weight, string scale)
    {
        if (weight.Scales is null && !weight.IsHalf)
            return narrow;
        string wide = Node("Cast", [narrow], Int("to", (long)DataType.Float));
        return weight.Scales is null ? wide : Node("Mul", [wide, scale]);
    }

    private static string ScaleOf(string weight) => $"{weight}_scale";

    private GraphWeight Store(string name, long[] sizes, Func<float[], float[]>? arrange = null)
    {
        GraphWeight weight = weights(name);
        long count = sizes.Aggregate(1L, (product, size) => checked(product * size));
        _weightBytes += checked(count * (weight.Scales is not null ? 1 : weight.IsHalf ? 2 : sizeof(float)));
        if (_weightBytes > LargestWeights)
        {
            throw new NotSupportedException($"the weights up to '{name}' take {_weightBytes} bytes, and one ONNX file holds "
                + $"{LargestWeights} (a protobuf message ends at 2 GiB): expected a smaller model");
        }
        float[] values = weight.Read();
        if (values.Length != count)
            throw new InvalidDataException($"'{name}' has {values.Length} elements, expected {string.Join(" × ", sizes)}");
        values = arrange is null ? values : arrange(values);
        if (weight.Scales is { } scales)
        {
            Constant(name, DataType.Int8, MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(values, step => (sbyte)step)), sizes);
            // (rows, 1, …), or (columns): what a product spreads over the weight.
            Constant(ScaleOf(name), DataType.Float, MemoryMarshal.AsBytes<float>(scales),
                weight.ByColumn ? [scales.Length] : [scales.Length, .. Enumerable.Repeat(1L, sizes.Length - 1)]);
        }
        else
        {
            Constant(name, weight.IsHalf ? DataType.Float16 : DataType.Float,
                weight.IsHalf ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, value => (Half)value)) : MemoryMarshal.AsBytes<float>(values), sizes);
        }
        return weight;
    }

    /// <summary>A constant of one dimension, int32.</summary>
    public string Constant(string name, int[] values) => Small(name, DataType.Int32, values, [values.Length]);

    /// <summary>A constant of one dimension, uint8.</summary>
    public string Constant(string name, byte[] values) => Small(name, DataType.Uint8, values, [values.Length]);

    /// <summary>A constant without dimensions.</summary>
    public string Scalar(float value) => Small($"float_{value.ToString(CultureInfo.InvariantCulture)}", DataType.Float, [value], []);

    /// <summary>A constant without dimensions.</summary>
    public string Scalar(long value) => Small($"int_{value}", DataType.Int64, [value], []);

    /// <summary>A constant of one dimension: axes, starts, shapes.</summary>
    public string Vector(params long[] values) =>
        Small($"ints_{string.Join('_', values)}", DataType.Int64, values, [values.Length]);

    /// <summary>The graph under a name.</summary>
    public GraphProto Finish(string name)
    {
        _graph.Name = name;
        return _graph;
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    public static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = AttributeType.Ints, Ints = { values } };

    private void Add(string operation, string[] inputs, string[] outputs, AttributeProto[] attributes) =>
        _graph.Node.Add(new NodeProto
        {
            Name = $"{operation}_{_graph.Node.Count}",
            OpType = operation,
            Input = { inputs },
            Output = { outputs },
            Attribute = { attributes },
        });

    private string Small<T>(string name, DataType type, T[] values, long[] sizes) where T : struct
    {
        if (!_constants.Contains(name))
            Constant(name, type, MemoryMarshal.AsBytes<T>(values), sizes);
        return name;
    }

    private void Constant(string name, DataType type, ReadOnlySpan<byte> bytes, long[] sizes)
    {
        if (!_constants.Add(name))
            throw new InvalidOperationException($"the constant '{name}' stands twice");
        _graph.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = type,
            Dims = { sizes },
            RawData = UnsafeByteOperations.UnsafeWrap(bytes.ToArray()), // nobody else has the array
        });
    }

    private static ValueInfoProto Describe(string name, DataType type, TensorShapeProto.Types.Dimension[] sizes) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = new TensorShapeProto { Dim = { sizes } } },
        },
    };

    private static TensorShapeProto.Types.Dimension Free(string name) => new() { DimParam = name };
}
