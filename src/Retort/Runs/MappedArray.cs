using System.IO.MemoryMappedFiles;

namespace Retort.Runs;

/// <summary>
/// Values in a memory-mapped file. They take up disk, and pages that the system may drop, but no managed memory. Reading is
/// thread-safe.
/// </summary>
internal sealed unsafe class MappedArray<T> : IDisposable where T : unmanaged
{
    private readonly bool _writable;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private T* _start;

    // Owns the file from here on.
    private MappedArray(FileStream file, bool writable)
    {
        (Length, _writable) = (file.Length / sizeof(T), writable);
        // Nothing cannot be mapped.
        if (Length == 0)
        {
            file.Dispose();
            return;
        }
        MemoryMappedFileAccess access = writable ? MemoryMappedFileAccess.ReadWrite : MemoryMappedFileAccess.Read;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, access, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, access);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = (T*)(start + _view.PointerOffset);
    }

    /// <summary>How many values there are.</summary>
    public long Length { get; }

    public T this[long index]
    {
        get => *At(index, 1);
        set => *(_writable ? At(index, 1) : throw new NotSupportedException("the file is open for reading")) = value;
    }

    /// <summary>Values that follow each other; not to be used after the array is closed.</summary>
    public ReadOnlySpan<T> Slice(long start, int length) => length == 0 ? [] : new(At(start, length), length);

    /// <summary>A copy of some rows of a table that the array holds, row after row.</summary>
    /// <param name="rows">Which, in order.</param>
    /// <param name="width">Values a row.</param>
    public T[] Rows(IReadOnlyList<int> rows, int width)
    {
        var chosen = new T[rows.Count * width];
        for (int k = 0; k < rows.Count; k++)
            Slice((long)rows[k] * width, width).CopyTo(chosen.AsSpan(k * width));
        return chosen;
    }

    /// <summary>A file for reading.</summary>
    /// <exception cref="RetortException">It is not there, or holds no whole number of values.</exception>
    public static MappedArray<T> Open(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (file.Length % sizeof(T) == 0)
                return new MappedArray<T>(file, writable: false);
            long length = file.Length;
            file.Dispose();
            throw new RetortException($"{path} has {length} bytes: expected a multiple of {sizeof(T)}; it is damaged");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetortException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A file of zeros for reading and writing, which is gone when it is closed.</summary>
    public static MappedArray<T> Temporary(string folder, long length) =>
        Temporary(folder, file => file.SetLength(length * sizeof(T)), length * sizeof(T));

    /// <summary>What is written, as a file that is gone when it is closed.</summary>
    public static MappedArray<T> Temporary(string folder, Action<Stream> write) => Temporary(folder, write, 0);

    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }

    private static MappedArray<T> Temporary(string folder, Action<Stream> write, long bytes)
    {
        // A mapped page that finds no place on a full disk would end the process: it is set aside before.
        FileStream file = TemporaryFile.Open(folder, bytes);
        try
        {
            write(file);
            file.Flush();
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return new MappedArray<T>(file, writable: true);
    }

    private T* At(long index, int count)
    {
        if (index < 0 || index > Length - count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"expected 0 to {Length - count}");
        ObjectDisposedException.ThrowIf(_start is null, this);
        return _start + index;
    }
}
