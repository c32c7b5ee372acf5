using Retort.Data;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

/// <summary>
/// Against tools/bert-golden/bert_golden.py, which computes BERT with NumPy in double precision:
/// <c>bert_golden.py FOLDER "2 5 7 3" "2 9 7 12 6 15 3"</c>.
/// </summary>
public sealed class BertParityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gelu", "tiny-gelu.json")]
    [InlineData("gelu_new", "tiny-gelu-new.json")]
    public void A_tiny_classifier_agrees_with_numpy(string gelu, string golden)
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["tiny"], gelu, classes: 3), CPU);
        GoldenEncoders.Compare(teacher, golden, Tolerances.BertStates, hasLogits: true);
    }

    [Fact]
    public void The_chinese_encoder_agrees_with_numpy()
    {
        using Teacher teacher = Teacher.FromEncoder(TestPaths.Model("zh-bert-base"), new LabelSet(["a", "b"]),
            TaskKind.SingleLabel, new TeachOptions(), CPU);
        GoldenEncoders.Compare(teacher, "zh-bert-base.json", Tolerances.BertStates, hasLogits: false);
    }

    [Fact]
    public void MiniLm_embeds_the_published_example_as_published()
    {
        using Teacher teacher = Teacher.FromEncoder(TestPaths.Model("minilm"), new LabelSet(["a", "b"]),
            TaskKind.SingleLabel, new TeachOptions(), CPU);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        teacher.Module.eval();
        EncodedText text = teacher.Encoder.Encode("This is an example sentence");
        Assert.Equal([101, 2023, 2003, 2019, 2742, 6251, 102], text.Windows[0]);

        Tensor mean = teacher.Forward([text], PooledState.Mean).Pooled!;
        double[] first = (mean / mean.norm()).data<float>().Take(4).Select(x => (double)x).ToArray();

        // From the model's page; the weights at hand may be halves of the published ones.
        double[] published = [0.06766, 0.06356, 0.04873, 0.07941];
        for (int k = 0; k < 4; k++)
            Assert.Equal(published[k], first[k], Tolerances.HalfPrecisionEmbedding);
    }
}
