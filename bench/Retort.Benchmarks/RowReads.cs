using System.Runtime.Intrinsics;
using Retort.Runtime.Kernels;

namespace Retort.Benchmarks;

/// <summary>
/// The floor under every kernel: reads the table rows of a text's tokens once, each byte of them, and does nothing else. What a
/// text costs beyond it is arithmetic.
/// </summary>
internal sealed unsafe class RowReads(StudentCore core)
{
    private Vector256<byte> _seen;

    public void Read(int[] ids)
    {
        int bytes = core.Tokens.Tables.RowBytes;
        Vector256<byte> a = _seen, b = default;
        foreach (int id in ids)
        {
            byte* row = (byte*)core.Tokens.Find(id);
            for (int k = 0; k < bytes; k += 2 * Vector256<byte>.Count)
            {
                a ^= Vector256.Load(row + k);
                b ^= Vector256.Load(row + k + Vector256<byte>.Count);
            }
        }
        _seen = a ^ b;
    }
}
