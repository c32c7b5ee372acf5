using System.Buffers.Binary;
using Retort.Runtime.Model;

namespace Retort.Runtime.Tests.Model;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly SafetensorsSamples _samples = new();

    public void Dispose() => _samples.Dispose();

    [Fact]
    public void A_hand_written_file_is_read()
    {
        const string Header = """
            {"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}
            """;
        using SafetensorsFile file = _samples.Open(SafetensorsSamples.Bytes(Header,
            0x80, 0x3f, 0x00, 0xc0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf));

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal([1f, -2f], file.ReadSingles("a"));
        Assert.Equal([1f, -0.5f], file.ReadSingles("b"));
        Assert.Equal([1L, 2L], file.Tensors["a"].Shape);
        Assert.Equal(2, file.Tensors["a"].ElementCount);
        byte[] raw = new byte[4];
        file.ReadBytes("a", raw);
        Assert.Equal(new byte[] { 0x80, 0x3f, 0x00, 0xc0 }, raw);
    }

    [Fact]
    public void Scalars_empty_tensors_blanks_and_escaped_names_are_read()
    {
        const string Header = """
            {"\u00e9":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"none":{"shape":[3,0],"dtype":"F32","data_offsets":[1,1]}}     
            """;
        using SafetensorsFile file = _samples.Open(SafetensorsSamples.Bytes(Header, 7));
        byte[] value = new byte[1];
        file.ReadBytes("é", value);
        Assert.Equal(7, value[0]);
        Assert.Equal(1, file.Tensors["é"].ElementCount);
        Assert.Empty(file.ReadSingles("none"));
    }

    public static TheoryData<string, int, string> BrokenHeaders => new()
    {
        { """[]""", 0, "does not begin with '{'" },
        { """ {}""", 0, "does not begin with '{'" },
        { """{"a":""", 0, "not valid JSON" },
        { """{} x""", 0, "not valid JSON" },
        { """{"\ud800":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", 1, "not valid JSON" },
        { """{"a":3}""", 0, "tensor 'a': expected an object" },
        { """{"__metadata__":{"k":3}}""", 0, "expected a string for 'k'" },
        { """{"__metadata__":{"k":"1","k":"2"}}""", 0, "'k' stands twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "__metadata__ stands twice" },
        { """{"a":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}}""", 1, "tensor 'a': unknown dtype 'F8'" },
        { """{"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}}""", 1, "unknown dtype 'Number'" },
        { """{"a":{"dtype":"U8","shape":[1]}}""", 1, "expected dtype, shape and two data_offsets" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "two data_offsets" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "at most 2" },
        { """{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""", 1, "expected a list of integers" },
        { """{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "expected integers from 0" },
        { """{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "expected integers from 0" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,99999999999999999999]}}""", 1, "expected integers from 0" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}""", 1, "unknown field 'x'" },
        { """{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'dtype' stands twice" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "not a range" },
        { """{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 0, "not a range" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}""", 2, "needs 1 bytes, its data_offsets hold 2" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}}""", 1, "needs 4 bytes" },
        { """{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "too large to count" },
        { """{"a":{"dtype":"F64","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "too large to count" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "tensor 'a': ends at byte" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 2, "1 bytes at its end" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "1 bytes before it belong to no tensor" },
        {
            """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""",
            2, "tensor 'a': stands twice"
        },
        {
            """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""",
            3, "tensor 'b': overlaps"
        },
    };

    [Theory]
    [MemberData(nameof(BrokenHeaders))]
    public void A_broken_header_is_refused_with_file_and_reason(string header, int dataLength, string reason)
    {
        var e = Assert.Throws<InvalidDataException>(
            () => _samples.Open(SafetensorsSamples.Bytes(header, new byte[dataLength])));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains(".safetensors: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_refused()
    {
        byte[] header = [(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)'}'];
        var e = Assert.Throws<InvalidDataException>(() => _samples.Open(SafetensorsSamples.Bytes(header, [])));
        Assert.Contains("not UTF-8", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' })]
    [InlineData(new byte[] { 0x80, 0x02, 0x95, 0, 0, 0, 0, 0, (byte)'}' })]
    public void A_file_that_is_too_short_for_its_header_is_refused(byte[] content) =>
        Assert.Throws<InvalidDataException>(() => _samples.Open(content));

    [Fact]
    public void A_header_beyond_the_limit_is_refused_before_it_is_allocated()
    {
        string path = _samples.NewPath();
        using (FileStream stream = File.Create(path))
        {
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, 100_000_001);
            stream.Write(length);
            stream.SetLength(200_000_000);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_tensor_beyond_two_gigabytes_is_read_by_windows()
    {
        const long Count = 3L << 30;
        string path = _samples.NewPath();
        byte[] start = SafetensorsSamples.Bytes(
            $$"""{"big":{"dtype":"F16","shape":[{{Count}}],"data_offsets":[0,{{2 * Count}}]} }""");
        using (FileStream stream = File.Create(path))
        {
            // Sparse: only the ends take room on disk.
            stream.Write(start);
            stream.Position = start.Length + 2 * (Count - 1);
            stream.Write([0x00, 0x3c]);
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] values = new float[2];
        file.ReadSingles("big", Count - 2, values);
        Assert.Equal([0f, 1f], values);
        byte[] bytes = new byte[2];
        file.ReadBytes("big", 2 * Count - 2, bytes);
        Assert.Equal(new byte[] { 0x00, 0x3c }, bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadSingles("big", Count - 1, values));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("big", -1, bytes));
        Assert.Contains("by windows", Assert.Throws<InvalidDataException>(() => file.ReadSingles("big")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_names_types_and_lengths_are_refused_by_name()
    {
        using SafetensorsFile file = _samples.Open(SafetensorsSamples.Bytes(
            """{"ids":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}""", 1, 0, 0, 0));
        Assert.Contains("no tensor 'x'", Assert.Throws<InvalidDataException>(() => file.ReadSingles("x")).Message,
            StringComparison.Ordinal);
        Assert.Contains("'ids' is I32", Assert.Throws<InvalidDataException>(() => file.ReadSingles("ids")).Message,
            StringComparison.Ordinal);
        Assert.Contains("'ids' has 4 bytes", Assert.Throws<ArgumentException>(() => file.ReadBytes("ids", new byte[3])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => file.ReadSingles("ids", new float[2]));
    }
}
