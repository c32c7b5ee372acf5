namespace Retort.Runtime;

/// <summary>What spoke for a class: <see cref="Bias"/> and the contributions of <see cref="Parts"/> add up to the logit.</summary>
/// <param name="Index">The class's index.</param>
/// <param name="Label">Its name.</param>
/// <param name="Logit">Its logit, before the temperature.</param>
/// <param name="Bias">The share of the logit that no text changes.</param>
/// <param name="Parts">The n-grams of the text that the student's filters answered to, the strongest first.</param>
public sealed record Explanation(int Index, string Label, float Logit, double Bias, IReadOnlyList<ExplanationPart> Parts);

/// <summary>An n-gram of the text.</summary>
/// <param name="Start">Where it begins in the text, in UTF-16 code units.</param>
/// <param name="End">Where it ends, exclusive.</param>
/// <param name="Contribution">What it added to the class's logit; negative: it spoke against the class.</param>
public readonly record struct ExplanationPart(int Start, int End, double Contribution);
