using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Retort.Runtime.Model;

/// <summary>A tensor that a <see cref="SafetensorsWriter"/> is going to write.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes of the dimensions, slowest first; empty for a scalar.</param>
public sealed record TensorDeclaration(string Name, TensorType Type, IReadOnlyList<long> Shape);

/// <summary>
/// Writes a safetensors file to a stream, front to back: the constructor takes all declarations and writes the header,
/// then the data follow in the declared order, each tensor in one call or in pieces. Nothing is kept in memory.
/// The stream stays open. Loaders of the transformers library want the metadata <c>format = pt</c>.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int ChunkElements = 1 << 16;

    private readonly Stream _stream;
    private readonly TensorDeclaration[] _tensors;
    private int _current;
    private long _left;

    /// <param name="stream">Where to write; only written to, never sought.</param>
    /// <param name="tensors">All tensors in file order. Wider types go first, so that every tensor is aligned.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>; null or empty: none.</param>
    /// <exception cref="ArgumentException">A name stands twice or is reserved, or a shape or the order is invalid.</exception>
    public SafetensorsWriter(
        Stream stream, IEnumerable<TensorDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors are written on little-endian processors only");
        _stream = stream;
        _tensors = tensors.ToArray();
        WriteHeader(EncodeHeader(metadata));
        _left = _tensors.Length == 0 ? 0 : Length(_tensors[0]);
    }

    /// <summary>Writes data of a tensor as they are, little endian: all, or the next piece.</summary>
    /// <exception cref="InvalidOperationException">Another tensor is due, or the data are more than declared.</exception>
    public void WriteBytes(string name, ReadOnlySpan<byte> data)
    {
        Claim(name, data.Length);
        _stream.Write(data);
    }

    /// <summary>Writes floats of a tensor that was declared F32, F16 or BF16: all, or the next piece.</summary>
    /// <exception cref="InvalidOperationException">Another tensor is due, the data are more than declared, or of another type.</exception>
    /// <exception cref="ArgumentException">A finite value is beyond the range of the declared type.</exception>
    public void WriteSingles(string name, ReadOnlySpan<float> values)
    {
        TensorType type = Due(name).Type;
        if (type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
            throw new InvalidOperationException($"tensor '{name}' was declared {type}: write its bytes");
        Claim(name, (long)values.Length * type.ByteSize());
        for (; !values.IsEmpty; values = values[Math.Min(values.Length, ChunkElements)..])
        {
            ReadOnlySpan<float> chunk = values[..Math.Min(values.Length, ChunkElements)];
            if (type == TensorType.F32)
                _stream.Write(MemoryMarshal.AsBytes(chunk));
            else
                WriteHalves(name, type, chunk);
        }
    }

    /// <summary>Flushes the stream after checking that every tensor was written whole.</summary>
    /// <exception cref="InvalidOperationException">Data are missing.</exception>
    public void Complete()
    {
        SkipWritten();
        if (_current < _tensors.Length)
            throw new InvalidOperationException($"tensor '{_tensors[_current].Name}' lacks {_left} bytes of data");
        _stream.Flush();
    }

    private void WriteHalves(string name, TensorType type, ReadOnlySpan<float> values)
    {
        ushort[] buffer = ArrayPool<ushort>.Shared.Rent(values.Length);
        Span<ushort> halves = buffer.AsSpan(0, values.Length);
        if (type == TensorType.F16)
            HalfPrecision.NarrowF16(values, halves);
        else
            HalfPrecision.NarrowBF16(values, halves);
        int infinity = type == TensorType.F16 ? 0x7c00 : 0x7f80;
        for (int k = 0; k < values.Length; k++)
        {
            if ((halves[k] & 0x7fff) == infinity && float.IsFinite(values[k]))
                throw new ArgumentException($"tensor '{name}': {values[k]:R} is beyond the range of {type}");
        }
        _stream.Write(MemoryMarshal.AsBytes(halves));
        ArrayPool<ushort>.Shared.Return(buffer);
    }

    private void Claim(string name, long bytes)
    {
        Due(name);
        if (bytes > _left)
            throw new InvalidOperationException($"tensor '{name}' has {_left} bytes left to write, got {bytes}");
        _left -= bytes;
    }

    private TensorDeclaration Due(string name)
    {
        // An empty tensor can be written or left out, so stop at the name asked for.
        while (_current < _tensors.Length && _tensors[_current].Name != name && _left == 0)
            Advance();
        if (_current < _tensors.Length && _tensors[_current].Name == name)
            return _tensors[_current];
        string due = _current < _tensors.Length ? $"'{_tensors[_current].Name}' is due" : "all are written";
        throw new InvalidOperationException($"tensor '{name}' is out of order: {due}");
    }

    private void SkipWritten()
    {
        while (_current < _tensors.Length && _left == 0)
            Advance();
    }

    private void Advance()
    {
        _current++;
        _left = _current < _tensors.Length ? Length(_tensors[_current]) : 0;
    }

    private static long Length(TensorDeclaration tensor) => SafetensorsHeader.ByteLength(tensor.Type, tensor.Shape);

    private byte[] EncodeHeader(IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            WriteTensors(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private void WriteTensors(Utf8JsonWriter json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        long offset = 0;
        foreach (TensorDeclaration tensor in _tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"the tensor name '{tensor.Name}' stands twice or is reserved");
            if (tensor.Shape.Any(size => size < 0))
                throw new ArgumentException($"tensor '{tensor.Name}': a size is negative");
            if (offset % tensor.Type.ByteSize() != 0)
            {
                throw new ArgumentException($"tensor '{tensor.Name}' ({tensor.Type}) would stand at byte {offset}, "
                    + "unaligned: declare wider types first");
            }
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", tensor.Type.FileName());
            WriteIntegers(json, "shape", tensor.Shape);
            long end = checked(offset + Length(tensor));
            WriteIntegers(json, "data_offsets", [offset, end]);
            json.WriteEndObject();
            offset = end;
        }
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, IReadOnlyList<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private void WriteHeader(byte[] json)
    {
        // Blanks fill the header up, so that the data begin aligned.
        int padded = (json.Length + Alignment - 1) / Alignment * Alignment;
        if (padded > SafetensorsHeader.MaxLength)
            throw new ArgumentException($"the header would have {padded} bytes, the limit is {SafetensorsHeader.MaxLength}");
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)padded);
        _stream.Write(prefix);
        _stream.Write(json);
        for (int k = json.Length; k < padded; k++)
            _stream.WriteByte((byte)' ');
    }
}
