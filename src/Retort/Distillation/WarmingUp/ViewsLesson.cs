using Retort.Runs;
using Retort.Students;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation.WarmingUp;

/// <summary>
/// Two views of each text, with other tokens and features left out, are to be more like each other than those of other
/// texts of the batch (Gao et al. 2021, SimCSE, arXiv:2104.08821).
/// </summary>
internal sealed class ViewsLesson(WarmUpOptions options, double dropout, int features, Device device) : IWarmUpLesson
{
    private const int Width = 128;

    private readonly Linear _head = nn.Linear(features, Width, device: device);

    public string Name => "views";

    public nn.Module Head => _head;

    public Lesson On(Student student, int[][] texts, int[] rows, bool isDev, SeededRandom random)
    {
        Tensor likeness = View().matmul(View().t()) / options.Temperature; // (batch, batch)
        Tensor own = arange(texts.Length, device: device);
        Tensor loss = (nn.functional.cross_entropy(likeness, own) + nn.functional.cross_entropy(likeness.t(), own)) / 2;
        return new Lesson(loss, likeness.argmax(1).eq(own).to(float32).mean());

        Tensor View()
        {
            TextBatch batch = TextBatch.Create(texts, student.Module.Ngrams, options.Mask, random).To(device);
            Tensor kept = nn.functional.dropout(student.Module.Features(batch), dropout, training: !isDev);
            return nn.functional.normalize(_head.call(kept), dim: 1); // (batch, width)
        }
    }
}
