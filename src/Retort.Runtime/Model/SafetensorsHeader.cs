using System.Text.Json;
using System.Text.Unicode;

namespace Retort.Runtime.Model;

/// <summary>
/// Parses and checks a safetensors header: 8 bytes of length (little endian), JSON, data without holes. The format:
/// https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The reference implementation's limit.</summary>
    public const long MaxLength = 100_000_000;

    public const int LengthBytes = 8;
    public const string MetadataKey = "__metadata__";

    /// <summary>Far above any real tensor; keeps a hostile header from growing lists.</summary>
    private const int MaxRank = 64;

    private readonly string _file;
    private readonly long _dataStart;

    private SafetensorsHeader(string file, long dataStart) => (_file, _dataStart) = (file, dataStart);

    public Dictionary<string, TensorEntry> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <param name="file">The file's name, for messages.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <exception cref="InvalidDataException">The header breaks a rule of the format.</exception>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long fileLength)
    {
        var header = new SafetensorsHeader(file, LengthBytes + json.Length);
        if (!Utf8.IsValid(json))
            throw header.Invalid("its header is not UTF-8");
        if (json.IsEmpty || json[0] != (byte)'{')
            throw header.Invalid("its header does not begin with '{': is this a safetensors file?");
        try
        {
            var reader = new Utf8JsonReader(json);
            header.ReadRoot(ref reader);
            // Anything but blanks after the object is a JsonException here.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair.
            throw new InvalidDataException($"{file}: its header is not valid JSON: {e.Message}", e);
        }
        header.CheckLayout(fileLength);
        return header;
    }

    private InvalidDataException Invalid(string problem) => new($"{_file}: {problem}");

    private InvalidDataException Invalid(string tensor, string problem) =>
        new($"{_file}: tensor '{tensor}': {problem}");

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        bool metadataSeen = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw Invalid(name, $"expected an object in the header, found {reader.TokenType}");
            if (name != MetadataKey)
            {
                if (!Tensors.TryAdd(name, ReadTensor(ref reader, name)))
                    throw Invalid(name, "stands twice in the header");
                continue;
            }
            if (metadataSeen)
                throw Invalid($"{MetadataKey} stands twice in the header");
            metadataSeen = true;
            ReadMetadata(ref reader);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Invalid($"{MetadataKey}: expected a string for '{key}', found {reader.TokenType}");
            if (!Metadata.TryAdd(key, reader.GetString()!))
                throw Invalid($"{MetadataKey}: '{key}' stands twice");
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        TensorType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = reader.GetString()!;
            reader.Read();
            bool repeated = field switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw Invalid(name, $"unknown field '{field}' (known: dtype, shape, data_offsets)"),
            };
            if (repeated)
                throw Invalid(name, $"the field '{field}' stands twice");
            if (field == "dtype")
                type = ReadType(ref reader, name);
            else if (field == "shape")
                shape = ReadIntegers(ref reader, name, field, MaxRank);
            else
                offsets = ReadIntegers(ref reader, name, field, 2);
        }
        if (type is null || shape is null || offsets is not { Count: 2 })
            throw Invalid(name, "expected dtype, shape and two data_offsets");
        return CreateEntry(name, type.Value, shape, offsets[0], offsets[1]);
    }

    private TensorType ReadType(ref Utf8JsonReader reader, string name)
    {
        string? found = reader.TokenType == JsonTokenType.String ? reader.GetString() : reader.TokenType.ToString();
        return TensorTypes.FromFileName(found)
            ?? throw Invalid(name, $"unknown dtype '{found}' (known: {TensorTypes.Known})");
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Invalid(name, $"{field}: expected a list of integers, found {reader.TokenType}");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0)
                throw Invalid(name, $"{field}: expected integers from 0 to {long.MaxValue}");
            if (values.Count == most)
                throw Invalid(name, $"{field}: expected at most {most} numbers");
            values.Add(value);
        }
        return values;
    }

    private TensorEntry CreateEntry(string name, TensorType type, List<long> shape, long begin, long end)
    {
        if (begin > end || end > long.MaxValue - _dataStart)
            throw Invalid(name, $"data_offsets [{begin}, {end}] are not a range");
        long expected;
        try
        {
            expected = ByteLength(type, shape);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{_file}: tensor '{name}': the shape is too large to count", e);
        }
        if (expected != end - begin)
        {
            throw Invalid(name, $"{type.FileName()} of shape [{string.Join(", ", shape)}] needs {expected} bytes, "
                + $"its data_offsets hold {end - begin}");
        }
        return new TensorEntry(name, type, shape.AsReadOnly(), _dataStart + begin, expected);
    }

    /// <summary>Bytes of a tensor.</summary>
    /// <exception cref="OverflowException">More than a long can count, also where a later size is 0.</exception>
    public static long ByteLength(TensorType type, IReadOnlyList<long> shape)
    {
        long bytes = type.ByteSize();
        bool empty = false;
        foreach (long size in shape)
        {
            empty |= size == 0;
            bytes = checked(bytes * Math.Max(size, 1));
        }
        return empty ? 0 : bytes;
    }

    /// <summary>Every byte of data belongs to exactly one tensor, as the format demands.</summary>
    private void CheckLayout(long fileLength)
    {
        long next = _dataStart;
        foreach (TensorEntry entry in Tensors.Values.OrderBy(e => e.Offset).ThenBy(e => e.ByteLength))
        {
            long end = entry.Offset + entry.ByteLength;
            if (end > fileLength)
            {
                throw Invalid(entry.Name, $"ends at byte {end}, the file at {fileLength}: it is cut off "
                    + "(copy or download it again)");
            }
            if (entry.Offset < next)
                throw Invalid(entry.Name, "overlaps the tensor before it");
            if (entry.Offset > next)
                throw Invalid(entry.Name, $"{entry.Offset - next} bytes before it belong to no tensor");
            next = end;
        }
        if (next != fileLength)
            throw Invalid($"{fileLength - next} bytes at its end belong to no tensor");
    }
}
