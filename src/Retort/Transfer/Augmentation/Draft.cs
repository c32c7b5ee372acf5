using Retort.Runs;

namespace Retort.Transfer.Augmentation;

/// <summary>An augmented text in the making.</summary>
/// <param name="Row">The text that it is made from.</param>
/// <param name="Units">Its pieces, which are changed in place.</param>
/// <param name="Random">What decides about it.</param>
internal sealed record Draft(int Row, List<TextUnit> Units, SeededRandom Random);
