namespace Retort.Metrics;

/// <summary>
/// What a teacher or a student says of some texts: one row of raw logits each. Always finite, so that no figure made
/// from it is NaN unseen.
/// </summary>
public sealed class LogitTable : ILogitRows
{
    /// <param name="values">(texts × classes), row after row; kept, not copied.</param>
    /// <param name="classes">Logits a row, at least 1.</param>
    /// <exception cref="ArgumentException">The values are no whole rows, or one of them is NaN or infinite.</exception>
    public LogitTable(float[] values, int classes)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (classes < 1)
            throw new ArgumentException($"a table of logits has {classes} classes; it needs at least 1");
        if (values.Length % classes != 0)
            throw new ArgumentException($"{values.Length} logits are no whole rows of {classes} classes");
        int bad = Array.FindIndex(values, value => !float.IsFinite(value));
        if (bad >= 0)
            throw new ArgumentException($"the logit of text {bad / classes}, class {bad % classes} is {values[bad]}; "
                + "logits must be finite: look for a diverged training or a broken weight");
        (Values, Classes) = (values, classes);
    }

    /// <summary>(texts × classes), row after row.</summary>
    public float[] Values { get; }

    /// <summary>Logits a row.</summary>
    public int Classes { get; }

    /// <summary>Texts.</summary>
    public int Count => Values.Length / Classes;

    /// <summary>The logits of a text: (classes).</summary>
    public ReadOnlySpan<float> Row(int index) => Values.AsSpan(index * Classes, Classes);

    /// <summary>The rows of some texts, in the order given.</summary>
    public LogitTable Choose(IReadOnlyList<int> rows)
    {
        float[] chosen = new float[rows.Count * Classes];
        for (int k = 0; k < rows.Count; k++)
            Row(rows[k]).CopyTo(chosen.AsSpan(k * Classes));
        return new LogitTable(chosen, Classes);
    }

    /// <summary>The class with the highest logit; the lowest index where several tie.</summary>
    public int ArgMax(int index)
    {
        ReadOnlySpan<float> row = Row(index);
        int best = 0;
        for (int k = 1; k < row.Length; k++)
        {
            if (row[k] > row[best])
                best = k;
        }
        return best;
    }

    /// <summary>The class of each text.</summary>
    public int[] ArgMaxes()
    {
        int[] classes = new int[Count];
        for (int i = 0; i < classes.Length; i++)
            classes[i] = ArgMax(i);
        return classes;
    }
}
