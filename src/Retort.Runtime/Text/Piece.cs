namespace Retort.Runtime.Text;

/// <summary>A part of a word that the vocabulary has.</summary>
/// <param name="Id">The row of the vocabulary.</param>
/// <param name="End">Where it ends in the normalized word, exclusive; it begins where the one before it ends.</param>
internal readonly record struct Piece(int Id, int End);
