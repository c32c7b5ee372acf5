using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Fractionation.Diversity;

/// <summary>The products of all pairs of rows of one block.</summary>
internal static class Products
{
    /// <summary>(rows × rows) Entry (i, j) is the product of row i and row j.</summary>
    /// <param name="values">(rows × width).</param>
    /// <param name="width">Numbers in a row.</param>
    public static float[] OfPairs(float[] values, int width)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = tensor(values, [values.Length / width, width]);
        return MemoryMarshal.Cast<byte, float>(matmul(rows, rows.t()).bytes).ToArray();
    }
}
