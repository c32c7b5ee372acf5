namespace Retort.Training;

/// <summary>What the best checkpoint is chosen by, on dev.</summary>
public enum DevMetric
{
    Accuracy,
    MacroF1,

    /// <summary>The share of texts on which the student's class is the teacher's.</summary>
    Agreement,
}
