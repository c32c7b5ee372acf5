using Retort.Runs;
using Retort.Teachers;
using Retort.Tests.Teachers;
using Retort.Transfer.Augmentation;
using static TorchSharp.torch;

namespace Retort.Tests.Transfer.Augmentation;

public sealed class WordPredictionTests : IDisposable
{
    private const string Head = "cls.predictions.";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Texts of unlike lengths, so that one is padded, against the head's formula in double precision.</summary>
    [Theory]
    [InlineData("gelu")]
    [InlineData("gelu_new")]
    public void The_likeliest_tokens_are_those_of_the_formula(string gelu)
    {
        string folder = TinyBert.Write(_folder["bert"], gelu, classes: 2, masked: true);
        using MaskedLanguageModel model = MaskedLanguageModel.Load(folder, CPU);
        int[][] texts = [[2, 9, 4, 7, 10, 4, 3], [2, 4, 3]], places = [[2, 5], [1]];
        int[][][] found = model.Likeliest(texts, places, 5, TestContext.Current.CancellationToken);
        using Teacher encoder = Teacher.Load(folder, CPU);
        using ModelWeights weights = ModelWeights.Open(folder);
        for (int k = 0; k < texts.Length; k++)
        {
            for (int p = 0; p < places[k].Length; p++)
            {
                double[] scores = Score(State(encoder, texts[k], places[k][p]), weights, gelu == "gelu");
                Assert.Equal(Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id]).Take(5), found[k][p]);
            }
        }
    }

    [Fact]
    public void A_table_of_its_own_is_used_instead_of_the_embeddings()
    {
        string tied = TinyBert.Write(_folder["tied"], masked: true);
        using (ModelWeights weights = ModelWeights.Open(tied))
        {
            Directory.CreateDirectory(_folder["own"]);
            foreach (string name in new[] { "config.json", "vocab.txt" })
                File.Copy(Path.Combine(tied, name), _folder[$"own/{name}"]);
            using var scope = NewDisposeScope();
            Retort.Training.TensorFile.Save(_folder["own/model.safetensors"], weights.Tensors.Values
                .Select(entry => (entry.Name, tensor(weights.ReadSingles(entry.Name), [.. entry.Shape])))
                .Append((Head + "decoder.weight", -tensor(weights.ReadSingles("bert.embeddings.word_embeddings.weight"), [TinyBert.Tokens.Count, TinyBert.Hidden]))));
        }
        using MaskedLanguageModel first = MaskedLanguageModel.Load(tied, CPU), second = MaskedLanguageModel.Load(_folder["own"], CPU);
        Assert.NotEqual(Best(first), Best(second));

        static int[] Best(MaskedLanguageModel model) => model.Likeliest([[2, 4, 7, 3]], [[1]], 8)[0][0];
    }

    [Fact]
    public void Holes_are_filled_with_other_whole_words_and_those_behind_the_models_end_keep_theirs()
    {
        using MaskedLanguageModel model = MaskedLanguageModel.Load(TinyBert.Write(_folder["bert"], masked: true), CPU);
        string[] words = ["the", "very", "good", "film", "."];
        TextUnit[] units = [.. Enumerable.Range(0, 40).Select(k => new TextUnit(words[k % 5], k % 5 == 2 ? UnitKind.Hole : k % 5 == 4 ? UnitKind.Other : UnitKind.Word, true))];
        var draft = new Draft(0, [.. units], new SeededRandom(1));
        new WordPrediction(model, 3).Fill([draft, new Draft(1, [new TextUnit("end", UnitKind.Word, false)], new SeededRandom(2))], TestContext.Current.CancellationToken);
        Assert.Equal(units.Length, draft.Units.Count);
        for (int k = 0; k < units.Length; k++)
        {
            Assert.NotEqual(UnitKind.Hole, draft.Units[k].Kind);
            // The model reads 22 tokens beside [CLS] and [SEP].
            if (units[k].Kind == UnitKind.Hole && k < TinyBert.Positions - 2)
                Assert.Contains(draft.Units[k].Text, TinyBert.Tokens.Where(token => token != "good" && token.All(char.IsLetter)));
            else
                Assert.Equal(units[k].Text, draft.Units[k].Text);
        }
    }

    [Fact]
    public void An_encoder_without_the_head_is_refused_with_the_cure()
    {
        var error = Assert.Throws<RetortException>(() => MaskedLanguageModel.Load(TinyBert.Write(_folder["bare"]), CPU));
        Assert.Contains("lacks 5 tensors: cls.predictions.", error.Message, StringComparison.Ordinal);
        Assert.Contains("this encoder was saved without it", error.Message, StringComparison.Ordinal);
        Assert.Contains("augmentation.predict to 0", error.Message, StringComparison.Ordinal);
    }

    private static double[] State(Teacher encoder, int[] ids, int place)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        Tensor states = encoder.Module.Encode(tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Length]), null);
        return [.. states[0, place].data<float>().Select(x => (double)x)];
    }

    private static double[] Score(double[] state, ModelWeights weights, bool exact)
    {
        double[] turned = Linear(state, weights.ReadSingles(Head + "transform.dense.weight"), weights.ReadSingles(Head + "transform.dense.bias"));
        for (int k = 0; k < turned.Length; k++)
            turned[k] *= exact ? Normal(turned[k]) : (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (turned[k] + 0.044715 * Math.Pow(turned[k], 3)))) / 2;
        double mean = turned.Average(), deviation = Math.Sqrt(turned.Average(x => (x - mean) * (x - mean)) + 1e-12);
        float[] scale = weights.ReadSingles(Head + "transform.LayerNorm.weight"), shift = weights.ReadSingles(Head + "transform.LayerNorm.bias");
        double[] normed = [.. turned.Select((x, k) => (x - mean) / deviation * scale[k] + shift[k])];
        return Linear(normed, weights.ReadSingles("bert.embeddings.word_embeddings.weight"), weights.ReadSingles(Head + "bias"));
    }

    private static double[] Linear(double[] x, float[] weight, float[] bias) =>
        [.. bias.Select((b, row) => b + x.Select((value, k) => value * weight[row * x.Length + k]).Sum())];

    // Φ by Simpson's rule.
    private static double Normal(double x)
    {
        const int steps = 2000;
        double Density(double t) => Math.Exp(-t * t / 2) / Math.Sqrt(2 * Math.PI);
        return 0.5 + Enumerable.Range(0, steps + 1).Sum(k => Density(x * k / steps) * (k is 0 or steps ? 1 : k % 2 == 1 ? 4 : 2)) * x / steps / 3;
    }
}
