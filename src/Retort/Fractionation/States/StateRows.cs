using Retort.Runs;

namespace Retort.Fractionation.States;

/// <summary>The pooled states of many texts, read a few rows at a time: they need not be in memory at once.</summary>
internal sealed class StateRows
{
    private readonly Func<int, int, float[]> _read;

    /// <param name="name">What messages call them: "source", "target".</param>
    /// <param name="count">How many texts.</param>
    /// <param name="width">Numbers in a state, at least 1.</param>
    /// <param name="read">(start, rows) The states of the texts from start on, (rows × width) one behind the other. Called by one thread.</param>
    public StateRows(string name, int count, int width, Func<int, int, float[]> read)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Name, Count, Width, _read) = (name, count, width, read);
    }

    public string Name { get; }

    public int Count { get; }

    public int Width { get; }

    /// <summary>(rows × width) The states of the texts from one on.</summary>
    /// <exception cref="RetortException">The reader brings another number of values, or one that is not finite.</exception>
    public float[] Read(int start, int rows)
    {
        float[] values = _read(start, rows);
        if (values.Length != rows * Width)
            throw new RetortException($"the {Name} states from row {start} on are {values.Length} numbers: expected {rows} rows of {Width}, {rows * Width}");
        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new RetortException($"number {bad % Width} of the {Name} state in row {start + bad / Width} is {values[bad]}: " +
                "expected finite numbers; the teacher that wrote it is broken, or the file is");
        return values;
    }

    /// <summary>(rows × width) The states of chosen texts, in the order given.</summary>
    /// <exception cref="RetortException">As <see cref="Read"/>.</exception>
    public float[] Gather(ReadOnlySpan<int> rows)
    {
        float[] values = new float[rows.Length * Width];
        for (int k = 0; k < rows.Length; k++)
            Read(rows[k], 1).CopyTo(values, k * Width);
        return values;
    }

    /// <summary>All states in order, so many rows at a time, each block with the row that it starts at.</summary>
    public IEnumerable<(int Start, float[] Values)> Blocks(int rows, CancellationToken cancellation)
    {
        for (int start = 0; start < Count; start += rows)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return (start, Read(start, Math.Min(rows, Count - start)));
        }
    }

    /// <summary>Refuses a target that cannot be compared with these states.</summary>
    /// <exception cref="RetortException">It is empty, or its states have another width.</exception>
    public void RequireTarget(StateRows target)
    {
        if (target.Count == 0)
            throw new RetortException($"there are no {target.Name} states: expected at least one text of the domain to come close to");
        if (target.Width != Width)
            throw new RetortException($"the {Name} states are {Width} wide and the {target.Name} states {target.Width}: expected one width; take both from the same teacher and layer");
    }
}
