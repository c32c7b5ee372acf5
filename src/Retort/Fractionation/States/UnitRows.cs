namespace Retort.Fractionation.States;

/// <summary>States of length 1: their products are cosines.</summary>
internal static class UnitRows
{
    /// <summary>(rows × width) Each row over its length; a row of zeros stays, so that its cosine with any other is 0.</summary>
    /// <param name="values">(rows × width), finite.</param>
    /// <param name="width">Numbers in a row.</param>
    public static float[] Of(ReadOnlySpan<float> values, int width)
    {
        float[] unit = new float[values.Length];
        for (int start = 0; start < values.Length; start += width)
        {
            // In double: the square of a large float is infinite, that of a small one 0.
            double squares = 0;
            foreach (float value in values.Slice(start, width))
                squares += (double)value * value;
            double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
            for (int k = start; k < start + width; k++)
                unit[k] = (float)(values[k] * scale);
        }
        return unit;
    }
}
