using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Retort.Runtime.Model;

/// <summary>
/// An open safetensors file. The header is checked whole when it is opened; data are read on demand. Reading is
/// thread-safe; disposing is not.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkElements = 1 << 19;

    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        _header = SafetensorsHeader.Parse(path, ReadHeader(), RandomAccess.GetLength(handle));
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _header.Tensors;

    /// <summary>The <c>__metadata__</c> of the header; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its header: bounds, shapes, types, names, no holes, no bytes left over.</summary>
    /// <exception cref="InvalidDataException">The file breaks a rule of the format; the message names file and tensor.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Open(string path) => Open(path, _ => { });

    /// <summary>The same, with a check of the open file before anything of it is believed.</summary>
    internal static SafetensorsFile Open(string path, Action<SafeFileHandle> check)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors are read on little-endian processors only");
        SafeFileHandle handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        try
        {
            check(handle);
            return new SafetensorsFile(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads the whole of a tensor as it stands in the file, little endian.</summary>
    /// <exception cref="ArgumentException">The destination does not have the tensor's length.</exception>
    /// <exception cref="InvalidDataException">No such tensor, or the file was cut off since it was opened.</exception>
    public void ReadBytes(string name, Span<byte> destination)
    {
        TensorEntry entry = Find(name);
        RequireLength(entry, entry.ByteLength, destination.Length, "bytes");
        ReadAt(entry.Offset, destination);
    }

    /// <summary>Reads a window of a tensor, for tensors of 2 GB and more.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="start">First byte within the tensor.</param>
    /// <param name="destination">As many bytes as to read.</param>
    public void ReadBytes(string name, long start, Span<byte> destination)
    {
        TensorEntry entry = Find(name);
        RequireWindow(entry, start, destination.Length, entry.ByteLength, "bytes");
        ReadAt(entry.Offset + start, destination);
    }

    /// <summary>Reads an F32, F16 or BF16 tensor as single precision floats.</summary>
    /// <exception cref="ArgumentException">The destination does not have the tensor's element count.</exception>
    /// <exception cref="InvalidDataException">No such tensor, or its type is another.</exception>
    public void ReadSingles(string name, Span<float> destination)
    {
        TensorEntry entry = Find(name);
        RequireLength(entry, entry.ElementCount, destination.Length, "floats");
        ReadSingles(entry, 0, destination);
    }

    /// <summary>Reads a window of an F32, F16 or BF16 tensor.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="start">First element within the tensor, in row-major order.</param>
    /// <param name="destination">As many floats as to read.</param>
    public void ReadSingles(string name, long start, Span<float> destination)
    {
        TensorEntry entry = Find(name);
        RequireWindow(entry, start, destination.Length, entry.ElementCount, "elements");
        ReadSingles(entry, start, destination);
    }

    /// <summary>Reads an F32, F16 or BF16 tensor into a new array, row-major.</summary>
    /// <exception cref="InvalidDataException">No such tensor, another type, or more elements than an array holds.</exception>
    public float[] ReadSingles(string name)
    {
        TensorEntry entry = Find(name);
        RequireFloats(entry);
        if (entry.ElementCount > Array.MaxLength)
        {
            throw new InvalidDataException($"{Path}: tensor '{name}' has {entry.ElementCount} elements, an array holds "
                + $"{Array.MaxLength}: read it by windows");
        }
        float[] values = GC.AllocateUninitializedArray<float>((int)entry.ElementCount);
        ReadSingles(entry, 0, values);
        return values;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private byte[] ReadHeader()
    {
        long length = RandomAccess.GetLength(_handle);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthBytes];
        if (length < prefix.Length)
            throw new InvalidDataException($"{Path}: {length} bytes are too few for a safetensors file");
        ReadAt(0, prefix);
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (header > SafetensorsHeader.MaxLength || header > (ulong)(length - prefix.Length))
        {
            throw new InvalidDataException($"{Path}: its header claims {header} bytes; the file has "
                + $"{length - prefix.Length} left and the limit is {SafetensorsHeader.MaxLength}: it is cut off, or not "
                + "a safetensors file");
        }
        byte[] json = new byte[header];
        ReadAt(prefix.Length, json);
        return json;
    }

    private TensorEntry Find(string name) => Tensors.TryGetValue(name, out TensorEntry? entry)
        ? entry
        : throw new InvalidDataException($"{Path}: has no tensor '{name}'");

    private void ReadSingles(TensorEntry entry, long start, Span<float> destination)
    {
        RequireFloats(entry);
        if (entry.Type == TensorType.F32)
            ReadF32(entry, start, destination);
        else
            ReadHalves(entry, start, destination);
    }

    private void ReadF32(TensorEntry entry, long start, Span<float> destination)
    {
        // In pieces: the bytes of a whole span of floats can be more than a span of bytes can count.
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(destination.Length - done, ChunkElements);
            ReadAt(entry.Offset + (start + done) * sizeof(float),
                MemoryMarshal.AsBytes(destination.Slice(done, count)));
            done += count;
        }
    }

    private void ReadHalves(TensorEntry entry, long start, Span<float> destination)
    {
        ushort[] buffer = ArrayPool<ushort>.Shared.Rent(Math.Min(destination.Length, ChunkElements));
        for (int done = 0; done < destination.Length;)
        {
            int count = Math.Min(destination.Length - done, ChunkElements);
            Span<ushort> halves = buffer.AsSpan(0, count);
            ReadAt(entry.Offset + (start + done) * sizeof(ushort), MemoryMarshal.AsBytes(halves));
            if (entry.Type == TensorType.F16)
                HalfPrecision.WidenF16(halves, destination.Slice(done, count));
            else
                HalfPrecision.WidenBF16(halves, destination.Slice(done, count));
            done += count;
        }
        ArrayPool<ushort>.Shared.Return(buffer);
    }

    private void ReadAt(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_handle, destination, offset);
            if (read == 0)
                throw new InvalidDataException($"{Path}: ends at byte {offset}; it was cut off while it was open");
            destination = destination[read..];
            offset += read;
        }
    }

    private void RequireFloats(TensorEntry entry)
    {
        if (entry.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16))
        {
            throw new InvalidDataException($"{Path}: tensor '{entry.Name}' is {entry.Type.FileName()}, "
                + "expected F32, F16 or BF16");
        }
    }

    private static void RequireLength(TensorEntry entry, long expected, long found, string unit)
    {
        if (expected != found)
            throw new ArgumentException($"tensor '{entry.Name}' has {expected} {unit}, the destination {found}");
    }

    private static void RequireWindow(TensorEntry entry, long start, long count, long all, string unit)
    {
        if (start < 0 || start > all - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start),
                $"tensor '{entry.Name}' has {all} {unit}; {count} from {start} are not within");
        }
    }
}
