using System.Runtime.CompilerServices;
using Retort.Runtime.Text;

namespace Retort.Runtime.Kernels;

/// <summary>Tells a pass of a text's tokens.</summary>
internal readonly struct PassSink(TextPass pass) : ITokenSink
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(int id, int start, int end) => pass.Add(id);
}
