using System.Runtime.InteropServices;

namespace Retort.Runtime.Model;

/// <summary>The token embeddings, kept in the type of the file and widened a row at a time. Immutable and thread-safe.</summary>
internal sealed class EmbeddingTable
{
    private readonly int _width;
    private readonly TensorType _type;
    private readonly byte[] _bytes;
    private readonly float[] _scales;
    private readonly int _first;

    /// <exception cref="InvalidDataException">A value is not finite, or there are more than an array holds.</exception>
    public EmbeddingTable(StudentFiles files)
    {
        TensorEntry entry = files.Tensors.Tensors[StudentShape.EmbeddingWeight];
        (_width, _type) = (files.Config.Shape.EmbeddingWidth, entry.Type);
        if (entry.ByteLength > Array.MaxLength)
            throw new InvalidDataException($"{files.Tensors.Path}: the embeddings have {entry.ByteLength} bytes; the runtime "
                + $"holds {Array.MaxLength}: trim the vocabulary, or store them as F16");
        _bytes = GC.AllocateUninitializedArray<byte>((int)entry.ByteLength);
        files.Tensors.ReadBytes(entry.Name, _bytes);
        _scales = _type == TensorType.I8 ? files.ReadScales(StudentFiles.ScaleOf(entry.Name)) : [];
        if (!IsFinite())
            throw new InvalidDataException($"{files.Tensors.Path}: tensor '{entry.Name}' holds a value that is not finite");
    }

    private EmbeddingTable(EmbeddingTable all, int first)
    {
        (_width, _type, _scales, _first) = (all._width, all._type, all._scales, first);
        _bytes = all._bytes.AsSpan((first - all._first) * RowBytes).ToArray();
    }

    /// <summary>The embeddings from one token on, without those before it.</summary>
    public EmbeddingTable From(int first) => new(this, first);

    /// <summary>Writes a token's embedding.</summary>
    /// <param name="id">The token.</param>
    /// <param name="row">(width)</param>
    /// <param name="steps">Of an INT8 table its steps, which are to be multiplied by what is returned.</param>
    public float Read(int id, Span<float> row, bool steps)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan((id - _first) * RowBytes, RowBytes);
        switch (_type)
        {
            case TensorType.F32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(row);
                break;
            case TensorType.F16:
                HalfPrecision.WidenF16(MemoryMarshal.Cast<byte, ushort>(bytes), row);
                break;
            case TensorType.BF16:
                HalfPrecision.WidenBF16(MemoryMarshal.Cast<byte, ushort>(bytes), row);
                break;
            default:
                float scale = steps ? 1 : _scales[id];
                for (int k = 0; k < row.Length; k++)
                    row[k] = (sbyte)bytes[k] * scale;
                return steps ? _scales[id] : 1;
        }
        return 1;
    }

    private int RowBytes => _width * _type.ByteSize();

    // An exponent of ones only.
    private bool IsFinite() => _type switch
    {
        TensorType.F32 => !MemoryMarshal.Cast<byte, uint>(_bytes).ContainsAnyMasked(0x7f80_0000u),
        TensorType.F16 => !MemoryMarshal.Cast<byte, ushort>(_bytes).ContainsAnyMasked((ushort)0x7c00),
        TensorType.BF16 => !MemoryMarshal.Cast<byte, ushort>(_bytes).ContainsAnyMasked((ushort)0x7f80),
        _ => true,
    };
}
