using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Retort.Runtime.Kernels;

/// <summary>
/// Asks for rows before they are read. Processors foresee the lines of one row, not which row comes next: asked for early, the
/// rows of a text come from memory side by side.
/// </summary>
internal static unsafe class Prefetch
{
    private const int Line = 64;

    /// <summary>Asks for every line of a row, into the second-level cache; .NET has no such instruction for other processors than x86.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row(nint row, int bytes)
    {
        if (!Sse.IsSupported)
            return;
        for (nint end = row + bytes; row < end; row += Line)
            Sse.Prefetch1((void*)row);
    }
}
