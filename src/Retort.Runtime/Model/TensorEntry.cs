namespace Retort.Runtime.Model;

/// <summary>Where a tensor stands in a safetensors file, and its shape. A scalar has an empty shape.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Shape">Sizes of the dimensions, slowest first (row-major); a size can be 0.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes of data: elements × size of one.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>The product of the shape; 1 for a scalar.</summary>
    public long ElementCount => ByteLength / Type.ByteSize();
}
