namespace Retort.Runtime.Text;

/// <summary>The part of the original text that a normalized character stands for, in UTF-16 code units.</summary>
internal readonly record struct Extent(int Start, int End);
