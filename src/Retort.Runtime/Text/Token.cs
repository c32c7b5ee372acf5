namespace Retort.Runtime.Text;

/// <summary>A piece of a text.</summary>
/// <param name="Id">The row of the vocabulary.</param>
/// <param name="Start">Where it begins in the original text, in UTF-16 code units (indices of a C# string).</param>
/// <param name="End">Where it ends in the original text, in UTF-16 code units, exclusive.</param>
public readonly record struct Token(int Id, int Start, int End);
