namespace Retort.Runtime;

/// <summary>The likeliest class of a text.</summary>
/// <param name="Index">Its index in <see cref="TextClassifier.Labels"/>.</param>
/// <param name="Label">Its name.</param>
/// <param name="Probability">From 0 to 1, calibrated by the student's temperature.</param>
public readonly record struct Classification(int Index, string Label, float Probability);
