using Retort.Runtime.Model;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Places for the rows of tokens that have none of their own, used in turn: a place is not used again before as many others
/// as a chunk of a text and its surroundings can need. Not thread-safe.
/// </summary>
internal sealed unsafe class TailRows
{
    private readonly AlignedRows _rows;
    private readonly int[] _ids;
    private int _next;

    /// <param name="count">The most rows that are needed at one time.</param>
    /// <param name="rowBytes">Bytes of each.</param>
    public TailRows(int count, int rowBytes)
    {
        _rows = new AlignedRows(count, rowBytes);
        _ids = new int[count];
        _ids.AsSpan().Fill(-1);
    }

    /// <summary>Where a token's row stands, or is to stand, until its place is taken again; 0: nowhere.</summary>
    public nint Find(int id)
    {
        int known = _ids.AsSpan().IndexOf(id);
        return known < 0 ? 0 : _rows[known];
    }

    /// <summary>A place for a token's row.</summary>
    public nint Take(int id)
    {
        nint place = _rows[_next];
        _ids[_next] = id;
        _next = (_next + 1) % _ids.Length;
        return place;
    }

    /// <summary>A place for a row that stands elsewhere, with the row in it.</summary>
    public nint Copy(int id, nint row)
    {
        nint place = Take(id);
        if (place != row)
            Buffer.MemoryCopy((void*)row, (void*)place, _rows.RowBytes, _rows.RowBytes);
        return place;
    }
}
