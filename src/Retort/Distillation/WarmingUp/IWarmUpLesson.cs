using Retort.Runs;
using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Distillation.WarmingUp;

/// <summary>What a warm-up makes of some texts.</summary>
/// <param name="Loss">A scalar.</param>
/// <param name="Score">A scalar from 0 to 1 (of a cosine from −1): the higher the better.</param>
internal sealed record Lesson(Tensor Loss, Tensor Score);

/// <summary>A task of warming up: a head that is thrown away afterwards, and a loss.</summary>
internal interface IWarmUpLesson
{
    /// <summary>The term's name.</summary>
    string Name { get; }

    /// <summary>What it learns beside the student.</summary>
    nn.Module Head { get; }

    /// <summary>The loss on some texts, in the caller's dispose scope.</summary>
    /// <param name="student">The student.</param>
    /// <param name="texts">Token ids of the texts.</param>
    /// <param name="rows">Which texts of their part they are.</param>
    /// <param name="isDev">Whether the part is dev, else what is learnt from.</param>
    /// <param name="random">Draws what is hidden.</param>
    Lesson On(Student student, int[][] texts, int[] rows, bool isDev, SeededRandom random);
}
