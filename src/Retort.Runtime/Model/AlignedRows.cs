using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Retort.Runtime.Model;

/// <summary>
/// Rows of bytes that never move, the first at a whole cache line, in chunks that are allocated when first asked for, so that
/// memory grows with what is used. Memory is managed: what still reads it keeps it alive. Thread-safe.
/// </summary>
internal sealed unsafe class AlignedRows
{
    private const int Line = 64, ChunkBytes = 1 << 22;

    private readonly byte[]?[] _chunks;

    // Where each chunk's first row stands; 0: not allocated yet.
    private readonly nint[] _starts;
    private readonly int _shift;

    /// <param name="count">How many rows.</param>
    /// <param name="rowBytes">Bytes of each; where it is whole cache lines, every row begins at one.</param>
    public AlignedRows(int count, int rowBytes)
    {
        (Count, RowBytes) = (count, rowBytes);
        while (_shift < 30 && (long)rowBytes << (_shift + 1) <= ChunkBytes)
            _shift++;
        _chunks = new byte[((long)count + (1 << _shift) - 1) >> _shift][];
        _starts = new nint[_chunks.Length];
    }

    public int Count { get; }

    public int RowBytes { get; }

    /// <summary>Bytes rounded up to whole lines.</summary>
    public static int Aligned(int bytes) => checked(bytes + Line - 1) / Line * Line;

    /// <summary>Where a row stands; its content is undefined until somebody writes it.</summary>
    public nint this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            nint start = Volatile.Read(ref _starts[row >> _shift]);
            return (start != 0 ? start : Allocate(row >> _shift)) + (nint)(row & (1 << _shift) - 1) * RowBytes;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Allocate(int chunk)
    {
        int rows = (int)Math.Min(1L << _shift, Count - ((long)chunk << _shift));
        byte[] fresh = GC.AllocateUninitializedArray<byte>(checked(rows * RowBytes + Line), pinned: true);
        // Of two threads that come at once, both go on with the same chunk.
        fresh = Interlocked.CompareExchange(ref _chunks[chunk], fresh, null) ?? fresh;
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(fresh)) + Line - 1 & -Line;
        Volatile.Write(ref _starts[chunk], start);
        return start;
    }
}
