using Retort.Runtime.Model;

namespace Retort.Students;

/// <summary>A weight as a student's folder holds it. Immutable.</summary>
internal sealed class StoredTensor
{
    private StoredTensor(TensorType type, float[] values, sbyte[] steps, float[] scales) =>
        (Type, Values, Steps, Scales) = (type, values, steps, scales);

    public TensorType Type { get; }

    /// <summary>Row-major; of an I8 weight its steps times their scales.</summary>
    public float[] Values { get; }

    /// <summary>As many; empty unless <see cref="Type"/> is I8.</summary>
    public sbyte[] Steps { get; }

    /// <summary>One a row, or a column of the n-gram table; empty unless <see cref="Type"/> is I8.</summary>
    public float[] Scales { get; }

    /// <summary>In single precision.</summary>
    public static StoredTensor Single(float[] values) => new(TensorType.F32, values, [], []);

    /// <summary>In half precision.</summary>
    public static StoredTensor Half(float[] values) => new(TensorType.F16, Array.ConvertAll(values, value => (float)(System.Half)value), [], []);

    /// <summary>In steps of 8 bits.</summary>
    /// <param name="values">Row-major.</param>
    /// <param name="scales">What a step is worth: positive; one a row, or a column.</param>
    /// <param name="byColumn">Whether the scales are the columns'.</param>
    public static StoredTensor Integer(float[] values, float[] scales, bool byColumn)
    {
        sbyte[] steps = new sbyte[values.Length];
        int width = byColumn ? scales.Length : values.Length / scales.Length;
        for (int k = 0; k < values.Length; k++)
            steps[k] = (sbyte)Math.Clamp(MathF.Round(values[k] / scales[byColumn ? k % width : k / width]), -sbyte.MaxValue, sbyte.MaxValue);
        return Integer(steps, scales, byColumn);
    }

    /// <summary>In steps of 8 bits that are known.</summary>
    public static StoredTensor Integer(sbyte[] steps, float[] scales, bool byColumn)
    {
        float[] values = new float[steps.Length];
        int width = byColumn ? scales.Length : steps.Length / scales.Length;
        for (int k = 0; k < steps.Length; k++)
            values[k] = steps[k] * scales[byColumn ? k % width : k / width];
        return new StoredTensor(TensorType.I8, values, steps, scales);
    }
}
