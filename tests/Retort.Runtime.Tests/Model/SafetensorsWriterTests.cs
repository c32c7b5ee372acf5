using System.Buffers.Binary;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly SafetensorsSamples _samples = new();

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void What_is_written_is_read_back_in_every_type_and_length()
    {
        var random = new Random(5);
        for (int round = 0; round < 50; round++)
        {
            TensorDeclaration[] tensors = Enum.GetValues<TensorType>().OrderByDescending(t => t.ByteSize())
                .Select(t => new TensorDeclaration($"t.{t}", t, [random.Next(4), random.Next(1, 70)])).ToArray();
            Dictionary<string, byte[]> data = tensors.ToDictionary(t => t.Name, t =>
            {
                byte[] bytes = new byte[t.Shape[0] * t.Shape[1] * t.Type.ByteSize()];
                random.NextBytes(bytes);
                return bytes;
            });
            using SafetensorsFile file = _samples.Write(tensors, writer =>
            {
                foreach (TensorDeclaration tensor in tensors)
                {
                    byte[] bytes = data[tensor.Name];
                    int cut = random.Next(bytes.Length + 1);
                    writer.WriteBytes(tensor.Name, bytes.AsSpan(0, cut));
                    writer.WriteBytes(tensor.Name, bytes.AsSpan(cut));
                }
            });
            Assert.Equal(tensors.Length, file.Tensors.Count);
            foreach (TensorDeclaration tensor in tensors)
            {
                TensorEntry entry = file.Tensors[tensor.Name];
                byte[] read = new byte[entry.ByteLength];
                file.ReadBytes(tensor.Name, read);
                Assert.Equal(data[tensor.Name], read);
                Assert.Equal(tensor.Shape, entry.Shape);
                Assert.Equal(tensor.Type, entry.Type);
                Assert.Equal(0, entry.Offset % tensor.Type.ByteSize());
            }
        }
    }

    [Fact]
    public void The_header_is_padded_to_eight_bytes_and_keeps_its_metadata()
    {
        using SafetensorsFile file = _samples.Write([new("x", TensorType.F32, [1])],
            writer => writer.WriteSingles("x", [1.5f]),
            new Dictionary<string, string> { ["format"] = "pt", ["标签"] = "\"é\n" });
        Assert.Equal(0, file.Tensors["x"].Offset % 8);
        Assert.Equal("\"é\n", file.Metadata["标签"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1.5f], file.ReadSingles("x"));
    }

    [Fact]
    public void The_bytes_of_a_small_file_are_those_of_the_format()
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, [new("x", TensorType.I8, [2])], null);
        writer.WriteBytes("x", [1, 2]);
        writer.Complete();
        byte[] expected = SafetensorsSamples.Bytes(
            """{"x":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}""".PadRight(56), 1, 2);
        Assert.Equal(56, BinaryPrimitives.ReadInt64LittleEndian(expected));
        Assert.Equal(expected, stream.ToArray());
    }

    [Fact]
    public void Floats_are_narrowed_to_the_declared_type()
    {
        float[] values = [0, -0f, 1, 1.0009766f, 65504, -5.9604645e-8f, float.PositiveInfinity, 0.1f];
        using SafetensorsFile file = _samples.Write(
            [new("f", TensorType.F16, [8]), new("b", TensorType.BF16, [8])],
            writer =>
            {
                writer.WriteSingles("f", values);
                writer.WriteSingles("b", values);
            });
        Assert.Equal(values.Select(v => (float)(Half)v), file.ReadSingles("f"));
        Assert.Equal([0, 0, 1, 1, 65536, -5.9604645e-8f, float.PositiveInfinity, 0.10009765625f], file.ReadSingles("b"));
    }

    [Fact]
    public void A_value_beyond_the_range_of_F16_is_refused()
    {
        var writer = new SafetensorsWriter(Stream.Null, [new("x", TensorType.F16, [1])], null);
        var e = Assert.Throws<ArgumentException>(() => writer.WriteSingles("x", [70000f]));
        Assert.Contains("'x': 70000 is beyond the range of F16", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_out_of_order_too_long_or_missing_are_refused()
    {
        SafetensorsWriter New() => new(
            Stream.Null, [new("a", TensorType.F32, [1]), new("e", TensorType.F32, [0]), new("b", TensorType.I8, [1])], null);

        Assert.Contains("'a' is due", Refusal(w => w.WriteBytes("b", [1])), StringComparison.Ordinal);
        Assert.Contains("4 bytes left", Refusal(w => w.WriteBytes("a", new byte[5])), StringComparison.Ordinal);
        Assert.Contains("'b' lacks 1 bytes", Refusal(w => { w.WriteSingles("a", [1]); w.Complete(); }),
            StringComparison.Ordinal);
        Assert.Contains("declared I8", Refusal(w => { w.WriteSingles("a", [1]); w.WriteSingles("b", [1]); }),
            StringComparison.Ordinal);
        Assert.Contains("all are written", Refusal(w =>
        {
            w.WriteSingles("a", [1]);
            w.WriteBytes("b", [1]);
            w.WriteBytes("a", [1]);
        }), StringComparison.Ordinal);

        string Refusal(Action<SafetensorsWriter> write) =>
            Assert.Throws<InvalidOperationException>(() => write(New())).Message;
    }

    [Fact]
    public void Invalid_declarations_are_refused()
    {
        Assert.Contains("stands twice", Refusal(new("a", TensorType.I8, [1]), new("a", TensorType.I8, [1])),
            StringComparison.Ordinal);
        Assert.Contains("reserved", Refusal(new TensorDeclaration("__metadata__", TensorType.I8, [1])),
            StringComparison.Ordinal);
        Assert.Contains("negative", Refusal(new TensorDeclaration("a", TensorType.I8, [-1])), StringComparison.Ordinal);
        Assert.Contains("wider types first", Refusal(new("a", TensorType.I8, [1]), new("b", TensorType.F32, [1])),
            StringComparison.Ordinal);

        static string Refusal(params TensorDeclaration[] tensors) =>
            Assert.Throws<ArgumentException>(() => new SafetensorsWriter(Stream.Null, tensors, null)).Message;
    }
}
