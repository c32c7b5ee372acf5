namespace Retort.Data;

/// <summary>What a corpus is labelled with.</summary>
public enum TaskKind
{
    /// <summary>No labels: a transfer set.</summary>
    Unlabelled,

    /// <summary>One class a text.</summary>
    SingleLabel,

    /// <summary>Any number of classes a text, also none.</summary>
    MultiLabel,
}

/// <summary>One text with its target.</summary>
/// <param name="Text">The text as it stood in the file.</param>
/// <param name="Label">The class index of a single-label text (of a soft label the commonest); −1 otherwise.</param>
/// <param name="Targets">
/// (classes) The probability of each class where it is not simply 1 for <paramref name="Label"/>: 0 or 1 each for a
/// multi-label text, a distribution for a soft label; null otherwise.
/// </param>
public sealed record Sample(string Text, int Label = -1, float[]? Targets = null);

/// <summary>Texts in file order with one label set. Immutable.</summary>
/// <param name="Source">Where it came from, for messages and manifests.</param>
/// <param name="Kind">Whether and how the texts are labelled.</param>
/// <param name="Labels">The classes; empty for an unlabelled corpus.</param>
/// <param name="Samples">The texts.</param>
public sealed record Corpus(string Source, TaskKind Kind, LabelSet Labels, IReadOnlyList<Sample> Samples)
{
    /// <summary>
    /// The labels are a teacher's answers to a corpus that has none: what is scored against them is agreement, not accuracy.
    /// </summary>
    public bool LabelledByTeacher { get; init; }

    public int Count => Samples.Count;

    /// <summary>The target of a sample as a row of probabilities: (classes).</summary>
    public float[] TargetRow(int index)
    {
        Sample sample = Samples[index];
        if (sample.Targets is not null)
            return sample.Targets;
        float[] row = new float[Labels.Count];
        row[sample.Label] = 1;
        return row;
    }

    /// <summary>(samples, classes) The targets of all samples.</summary>
    public float[][] TargetRows() => Enumerable.Range(0, Count).Select(TargetRow).ToArray();

    /// <summary>The class of each sample; for a soft label its likeliest.</summary>
    public int[] ClassIndices() => Enumerable.Range(0, Count).Select(ClassOf).ToArray();

    /// <summary>The class of a sample; for a soft label its likeliest.</summary>
    public int ClassOf(int index) =>
        Samples[index] is { Label: < 0, Targets: { } row } ? Array.IndexOf(row, row.Max()) : Samples[index].Label;

    /// <summary>Some of the samples, in the order of their places.</summary>
    public Corpus Choose(int[] rows) => this with { Samples = Array.ConvertAll(rows, row => Samples[row]) };

    /// <summary>The texts alone.</summary>
    public string[] Texts() => Samples.Select(sample => sample.Text).ToArray();
}
