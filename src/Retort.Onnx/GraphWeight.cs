namespace Retort.Onnx;

/// <summary>A weight and how a file is to hold it; the graph computes with float32 in any case.</summary>
/// <param name="Read">Its values, row-major; where there are <see cref="Scales"/>, whole steps from −127 to 127.</param>
public sealed record GraphWeight(Func<float[]> Read)
{
    /// <summary>Whether the file holds float16.</summary>
    public bool IsHalf { get; init; }

    /// <summary>What a step is worth: one a row, or a column; null: the values are no steps. The file then holds int8.</summary>
    public float[]? Scales { get; init; }

    /// <summary>Whether scales are those of the last dimension; otherwise of the first.</summary>
    public bool ByColumn { get; init; }

    /// <summary>In float32.</summary>
    public static implicit operator GraphWeight(float[] values) => ToGraphWeight(values);

    /// <summary>In float32.</summary>
    public static GraphWeight ToGraphWeight(float[] values) => new(() => values);
}
