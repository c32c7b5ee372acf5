namespace Retort.Fractionation;

/// <summary>What of a transfer set a student is to learn from.</summary>
/// <param name="Options">What to choose.</param>
/// <param name="Texts">From what.</param>
/// <param name="Folder">Where what was chosen is written down.</param>
public sealed record FractionInput(FractionationOptions Options, FractionTexts Texts, string Folder);
