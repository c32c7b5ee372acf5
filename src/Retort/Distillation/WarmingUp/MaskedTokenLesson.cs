using Retort.Runs;
using Retort.Students;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Retort.Distillation.WarmingUp;

/// <summary>
/// Some tokens are replaced by [UNK], and the feature map at their places, mapped to the embeddings' width, is to name
/// them among all tokens of the batch: a softmax over these costs a fraction of one over the vocabulary (in-batch
/// negatives), and the embeddings themselves are the output layer (Press and Wolf 2016, arXiv:1608.05859).
/// </summary>
internal sealed class MaskedTokenLesson(double share, Runtime.Model.StudentShape shape, Device device) : IWarmUpLesson
{
    private readonly Linear _head = nn.Linear(shape.MapWidth, shape.EmbeddingWidth, device: device);

    public string Name => "masked_tokens";

    public nn.Module Head => _head;

    public Lesson On(Student student, int[][] texts, int[] rows, bool isDev, SeededRandom random)
    {
        int width = Math.Max(1, texts.Max(text => text.Length));
        int[][] hidden = Array.ConvertAll(texts, text => (int[])text.Clone());
        List<long> places = [], wanted = [];
        var candidates = new DistinctIds();
        for (int row = 0; row < texts.Length; row++)
        {
            for (int k = 0; k < texts[row].Length; k++)
            {
                int index = candidates.IndexOf(texts[row][k]);
                // An unknown token is what a hidden one looks like: nobody can name it.
                if (texts[row][k] == StudentVocabulary.UnknownId || random.Share() >= share)
                    continue;
                hidden[row][k] = StudentVocabulary.UnknownId;
                places.Add((long)row * width + k);
                wanted.Add(index);
            }
        }
        if (places.Count == 0)
            return new Lesson(_head.weight!.sum() * 0, zeros(1, device: device).sum());
        TextBatch batch = TextBatch.Create(hidden, index: null).To(device);
        Tensor map = student.Module.FeatureMap(batch).flatten(0, 1); // (batch · length, all windows' filters)
        Tensor answer = _head.call(map.index_select(0, tensor(places.ToArray(), device: device))); // (hidden, embedding width)
        Tensor names = student.Module.EmbedTokens(tensor(candidates.ToArray(), device: device)); // (tokens, embedding width)
        Tensor scores = answer.matmul(names.t()); // (hidden, tokens)
        Tensor target = tensor(wanted.ToArray(), device: device);
        return new Lesson(nn.functional.cross_entropy(scores, target), scores.argmax(1).eq(target).to(float32).mean());
    }
}
