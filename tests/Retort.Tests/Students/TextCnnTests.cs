using Retort.Runtime.Model;
using Retort.Students;
using TorchSharp;
using static TorchSharp.torch;

namespace Retort.Tests.Students;

public sealed class TextCnnTests
{
    private static readonly StudentOptions Small = new()
    {
        Windows = [3, 4, 5],
        Filters = 6,
        EmbeddingWidth = 8,
        NgramBuckets = 64,
        NgramWidth = 4,
        Dropout = 0,
        TokenDropout = 0,
    };

    public static TheoryData<string> Variants => [.. Options.Keys];

    private static Dictionary<string, StudentOptions> Options { get; } = new()
    {
        ["gated"] = Small,
        ["relu"] = Small with { Activation = Activation.Relu },
        ["max and mean"] = Small with { Pooling = Pooling.MaxMean },
        ["hidden layer"] = Small with { HiddenWidth = 10 },
        ["no n-grams"] = Small with { NgramBuckets = 0 },
        ["one wide window"] = Small with { Windows = [7] },
        ["dropout"] = Small with { Dropout = 0.2 },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Padding_changes_nothing(string variant)
    {
        using var scope = NewDisposeScope();
        using TextCnn student = Make(Options[variant]);
        student.eval();
        int[][] texts = [[5, 3, 9], [], [1], [0, 0], [7, 8], [2, 4, 6, 8, 10, 12, 14]];
        float[] together = Logits(student, [.. texts, Enumerable.Range(0, 19).ToArray()]);
        for (int k = 0; k < texts.Length; k++)
        {
            float[] alone = Logits(student, [texts[k]]);
            for (int c = 0; c < alone.Length; c++)
                Assert.Equal(alone[c], together[k * alone.Length + c], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_learns_a_toy_task(string variant)
    {
        using var scope = NewDisposeScope();
        using TextCnn student = Make(Options[variant], sourceWidth: variant == "gated" ? 12 : 0);
        (double first, double last) = Train(student, steps: 60);
        Assert.True(last < 0.5 * first, $"the loss went from {first} to {last}");
    }

    [Fact]
    public void An_empty_text_pools_to_zeros()
    {
        using var scope = NewDisposeScope();
        using TextCnn student = Make(Small with { Pooling = Pooling.MaxMean });
        float[] features = student.Features(TextBatch.Create([[], [1, 2]], NgramIndex.All(64))).data<float>().ToArray();
        Assert.Equal(3 * 6 * 2 + 2 * 4, student.Shape.PooledWidth);
        Assert.All(features[..student.Shape.PooledWidth], value => Assert.Equal(0, value));
        Assert.Contains(features[student.Shape.PooledWidth..], value => value != 0);
    }

    [Fact]
    public void Pooled_values_are_those_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        StudentOptions options = Small with { Windows = [4], Pooling = Pooling.MaxMean };
        using TextCnn student = Make(options);
        Dictionary<string, Tensor> weights = student.state_dict();
        int[] text = [3, 11, 7, 2, 5];
        float[] features = student.Features(TextBatch.Create([text, [1, 2, 3, 4, 5, 6, 7, 8]], NgramIndex.All(64)))[0].data<float>().ToArray();
        double[,] maps = GatedMaps(text, weights["embedding.weight"], weights["convolution.4.weight"],
            weights["convolution.4.bias"]);
        for (int f = 0; f < 6; f++)
        {
            double[] column = Enumerable.Range(0, text.Length).Select(i => maps[i, f]).ToArray();
            Assert.Equal(column.Max(), features[f], 1e-5);
            Assert.Equal(column.Average(), features[6 + f], 1e-5);
        }
        for (int d = 0; d < 4; d++)
        {
            double pairs = Enumerable.Range(1, 4).Sum(k => Ngram(NgramHash.Bigram(text[k - 1], text[k], 64), d));
            double triples = Enumerable.Range(2, 3)
                .Sum(k => Ngram(NgramHash.Trigram(text[k - 2], text[k - 1], text[k], 64), d));
            Assert.Equal(pairs / Math.Sqrt(5), features[12 + d], 1e-6);
            Assert.Equal(triples / Math.Sqrt(5), features[16 + d], 1e-6);
        }

        double Ngram(long bucket, int d) => weights["ngram.weight"][bucket, d].item<float>();
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using TextCnn student = Make(Small with { Pooling = Pooling.MaxMean, HiddenWidth = 5 }, sourceWidth: 12);
        Step();
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Step();
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            student.call(TextBatch.Create([[1, 2, 3], [4]], NgramIndex.All(64))).sum().backward();
            student.zero_grad();
        }
    }

    [Fact]
    public void Forward_leaves_one_tensor()
    {
        using TextCnn student = Make(Small);
        using var scope = NewDisposeScope();
        TextBatch batch = TextBatch.Create([[1, 2, 3], [4]], NgramIndex.All(64));
        int before = scope.DisposablesCount;
        student.call(batch);
        Assert.Equal(before + 1, scope.DisposablesCount);
    }

    [Fact]
    public void Gradients_of_the_tables_are_sparse_with_each_row_once()
    {
        using var scope = NewDisposeScope();
        using TextCnn student = Make(Small);
        student.call(TextBatch.Create([[7, 7, 7, 7], [7, 7], [9]], NgramIndex.All(64))).sum().backward();
        foreach (string name in new[] { "embedding.weight", "ngram.weight" })
        {
            Tensor gradient = student.named_parameters().Single(p => p.name == name).parameter.grad!;
            Assert.True(gradient.is_sparse, name);
            long[] rows = gradient.SparseIndices.data<long>().ToArray();
            Assert.Equal(rows.Distinct(), rows);
            Assert.Equal([rows.Length, name == "ngram.weight" ? 4 : 8], gradient.SparseValues.shape);
        }
    }

    [Fact]
    public void A_module_that_was_moved_trains_the_parameters_that_it_lists()
    {
        using var scope = NewDisposeScope();
        using TextCnn student = Make(Small);
        student.to(float64);
        student.call(TextBatch.Create([[1, 2, 3]], NgramIndex.All(64))).sum().backward();
        Assert.All(student.named_parameters(), p =>
        {
            Assert.Equal(float64, p.parameter.dtype);
            Assert.NotNull(p.parameter.grad);
        });
    }

    [Fact]
    public void A_seed_fixes_the_weights_and_another_changes_them()
    {
        using var scope = NewDisposeScope();
        using TextCnn a = Make(Small, seed: 4), b = Make(Small, seed: 4), c = Make(Small, seed: 5);
        Assert.Equal(Logits(a, [[1, 2, 3]]), Logits(b, [[1, 2, 3]]));
        Assert.NotEqual(Logits(a, [[1, 2, 3]]), Logits(c, [[1, 2, 3]]));
    }

    [Fact]
    public void Weights_are_named_as_in_the_file()
    {
        using TextCnn student = Make(Small with { HiddenWidth = 5 }, sourceWidth: 12);
        Assert.Equal(
            [
                "classifier.bias", "classifier.weight", "convolution.3.bias", "convolution.3.weight", "convolution.4.bias",
                "convolution.4.weight", "convolution.5.bias", "convolution.5.weight", "embedding.weight",
                "embedding_norm.bias", "embedding_norm.weight", "hidden.bias", "hidden.weight", "ngram.weight",
                "projection.bias", "projection.weight",
            ],
            student.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal));
    }

    internal static TextCnn Make(StudentOptions options, int sourceWidth = 0, long seed = 1) =>
        new(options.ToShape(20, 3, sourceWidth), options.Dropout, seed);

    internal static float[] Logits(TextCnn student, int[][] texts)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return student.call(TextBatch.Create(texts, student.Ngrams)).data<float>().ToArray();
    }

    // The class of a text is the class of its one marked token; the rest is noise.
    private static (double First, double Last) Train(TextCnn student, int steps)
    {
        manual_seed(1);
        var random = new Random(1);
        Adam adam = new(student.named_parameters().Select(p => p.parameter).ToArray());
        double first = 0, last = 0;
        for (int step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            int[] labels = Enumerable.Range(0, 32).Select(_ => random.Next(3)).ToArray();
            int[][] texts = labels.Select(label => Noise(random, 1 + label)).ToArray();
            Tensor logits = student.call(TextBatch.Create(texts, student.Ngrams));
            Tensor loss = nn.functional.cross_entropy(logits, tensor(labels.Select(l => (long)l).ToArray()));
            loss.backward();
            adam.Step();
            last = loss.item<float>();
            first = step == 0 ? last : first;
        }
        return (first, last);
    }

    private static int[] Noise(Random random, int mark)
    {
        int[] text = Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(4, 20)).ToArray();
        text[random.Next(text.Length)] = mark;
        return text;
    }

    private static double[,] GatedMaps(int[] text, Tensor embedding, Tensor weight, Tensor bias)
    {
        int window = (int)weight.shape[1], width = (int)weight.shape[2], filters = (int)weight.shape[0] / 2;
        double[,] maps = new double[text.Length, filters];
        for (int i = 0; i < text.Length; i++)
        {
            for (int f = 0; f < filters; f++)
                maps[i, f] = Raw(i, f) / (1 + Math.Exp(-Raw(i, filters + f)));
        }
        return maps;

        double Raw(int i, int channel)
        {
            double sum = bias[channel].item<float>();
            for (int j = 0; j < window; j++)
            {
                int at = i + j - (window - 1) / 2;
                for (int d = 0; at >= 0 && at < text.Length && d < width; d++)
                    sum += embedding[text[at], d].item<float>() * weight[channel, j, d].item<float>();
            }
            return sum;
        }
    }

    // Adam in a few lines: libtorch's own wants dense gradients.
    private sealed class Adam(TorchSharp.Modules.Parameter[] parameters)
    {
        private readonly Tensor[] _mean = parameters.Select(p => zeros_like(p).DetachFromDisposeScope()).ToArray();
        private readonly Tensor[] _square = parameters.Select(p => zeros_like(p).DetachFromDisposeScope()).ToArray();
        private int _step;

        public void Step()
        {
            using var guard = no_grad();
            _step++;
            for (int k = 0; k < parameters.Length; k++)
            {
                Tensor gradient = parameters[k].grad!.is_sparse ? parameters[k].grad!.to_dense() : parameters[k].grad!;
                _mean[k].mul_(0.9).add_(gradient, 0.1);
                _square[k].mul_(0.99).addcmul_(gradient, gradient, 0.01);
                Tensor root = (_square[k] / (1 - Math.Pow(0.99, _step))).sqrt().add_(1e-8);
                parameters[k].addcdiv_(_mean[k] / (1 - Math.Pow(0.9, _step)), root, -0.02);
                parameters[k].grad = null;
            }
        }
    }
}
