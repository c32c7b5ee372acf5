using Retort.Runs;
using Retort.Students;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation.WarmingUp;

/// <summary>A teacher's pooled states: of what is learnt from and of dev.</summary>
/// <param name="Width">Numbers a text.</param>
/// <param name="Train">(rows × width) of some of the texts that are learnt from.</param>
/// <param name="Dev">(rows × width) of some of dev's.</param>
public sealed record PooledStates(int Width, Func<int[], float[]> Train, Func<int[], float[]> Dev);

/// <summary>A linear map of the student's pooled features comes near the teacher's pooled state.</summary>
internal sealed class PooledStateLesson(PooledStateLoss loss, double tokenDropout, int features, PooledStates states, Device device) : IWarmUpLesson
{
    private readonly Linear _head = nn.Linear(features, states.Width, device: device);

    public string Name => "pooled_state";

    public nn.Module Head => _head;

    public Lesson On(Student student, int[][] texts, int[] rows, bool isDev, SeededRandom random)
    {
        TextBatch batch = TextBatch.Create(texts, student.Module.Ngrams, isDev ? 0 : tokenDropout, random).To(device);
        Tensor answer = _head.call(student.Module.Features(batch)); // (batch, width)
        Tensor target = tensor(isDev ? states.Dev(rows) : states.Train(rows), [rows.Length, states.Width], device: device);
        Tensor cosine = nn.functional.cosine_similarity(answer, target, 1).mean();
        return new Lesson(loss == PooledStateLoss.Cosine ? 1 - cosine : (answer - target).square().mean(), cosine);
    }
}
