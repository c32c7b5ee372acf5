using Retort.Runtime.Text;
using Retort.Signals.Intermediate;

namespace Retort.Distillation.Alignment;

/// <summary>What a teacher's tokens of a text are like, and where they stand in it.</summary>
/// <param name="Tokens">One for each that the signal is of.</param>
/// <param name="Signal">Its states and attention.</param>
public sealed record TeacherTokens(IReadOnlyList<Token> Tokens, IntermediateSignal Signal);

/// <summary>A teacher's states and attention of the tokens of a transfer set.</summary>
/// <param name="Hidden">How the student's feature map is held to the states; null: not at all.</param>
/// <param name="Attention">How its attention is held to the teacher's; null: not at all.</param>
/// <param name="Shape">What there is of a text.</param>
/// <param name="Read">Some texts', by their place in the transfer set.</param>
public sealed record TokenInput(HiddenOptions? Hidden, AttentionOptions? Attention, IntermediateShape Shape, Func<int[], TeacherTokens[]> Read)
{
    /// <exception cref="Runs.UsageException">Nothing projects one side to the width of the other.</exception>
    internal void RequireWidth(int features) => Hidden?.RequireWidth("token_hidden", "features at each position", features, Shape.Hidden);
}
