using System.ComponentModel;

namespace Retort.Baselines;

/// <summary>What else is trained to be compared with.</summary>
public sealed record BaselineOptions
{
    [Description("Whether each seed's student is also trained without teacher, on the labels of train: what the teacher is worth; it takes about as long again")]
    public bool WithoutTeacher { get; init; } = true;

    [Description("Whether a linear model of word and character n-grams is trained on the labels of train, to stand beside the others; of single-label tasks")]
    public bool Linear { get; init; } = true;
}
