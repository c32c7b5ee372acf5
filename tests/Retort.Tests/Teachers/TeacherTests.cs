using Retort.Data;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

public sealed class TeacherTests : IDisposable
{
    private static readonly string[] Texts = ["a good film.", "not a very good plot, the end", "", "film"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_teacher_has_the_names_of_BertForSequenceClassification_and_answers_the_same()
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["in"], classes: 3), CPU);
        teacher.Save(_folder["out"]);
        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder["out"], "model.safetensors")))
        {
            Assert.Equal(TinyBert.Shapes(3).Select(entry => entry.Name).Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
            Assert.Equal("pt", file.Metadata["format"]);
        }
        using Teacher again = Teacher.Load(_folder["out"], CPU);
        Assert.Equal(Logits(teacher), Logits(again));
        Assert.Equal(teacher.Labels.Names, again.Labels.Names);
        Assert.Equal(teacher.Encoder.MaxLength, again.Encoder.MaxLength);
    }

    [Fact]
    public void Names_without_prefix_and_with_gamma_and_beta_are_understood()
    {
        using Teacher plain = Teacher.Load(TinyBert.Write(_folder["plain"], classes: 2), CPU);
        using Teacher old = Teacher.Load(TinyBert.Write(_folder["old"], classes: 2, rename: name => name
            .Replace("bert.", "", StringComparison.Ordinal)
            .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)), CPU);
        Assert.Equal(Logits(plain), Logits(old));
    }

    [Fact]
    public void An_encoder_without_pooler_gets_a_new_one_and_says_so()
    {
        string folder = TinyBert.Write(_folder["bare"], rename: name => name.Contains("pooler", StringComparison.Ordinal) ? null : name);
        var notes = new List<string>();
        using Teacher teacher = Teacher.FromEncoder(folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options(), CPU, notes.Add);
        Assert.Contains(notes, note => note.Contains("no pooler", StringComparison.Ordinal));
    }

    [Fact]
    public void Fewer_layers_keep_the_lowest()
    {
        string folder = TinyBert.Write(_folder["full"]);
        using Teacher one = Teacher.FromEncoder(folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Layers = 1 }, CPU);
        Assert.Equal(1, one.Config.Layers);
        Assert.DoesNotContain(one.Module.named_parameters(), p => p.name.Contains("layer.1.", StringComparison.Ordinal));
        using Teacher full = Teacher.FromEncoder(folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options(), CPU);
        Assert.Equal(Parameter(full, "bert.encoder.layer.0.output.dense.weight"), Parameter(one, "bert.encoder.layer.0.output.dense.weight"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 21)]
    [InlineData(2, 37)]
    public void Frozen_layers_and_the_embeddings_below_them_stay_as_they_were_pre_trained(int layers, int tensors)
    {
        string folder = TinyBert.Write(_folder["pre-trained"]);
        TeachOptions options = Options() with { FrozenLayers = layers, Epochs = 1, BatchSize = 2, LearningRate = 0.01, EvaluationsPerEpoch = 1 };
        var corpus = new Corpus("t", TaskKind.SingleLabel, new LabelSet(["x", "y"]), [.. Texts.Select((text, k) => new Sample(text, k % 2))]);
        TeacherTraining.Run(options, corpus, corpus, folder, _folder["teacher"], _folder["checkpoints"], logs: null, softLabels: null, CPU);
        using Teacher before = Teacher.FromEncoder(folder, corpus.Labels, TaskKind.SingleLabel, options, CPU), after = Teacher.Load(_folder["teacher"], CPU);
        string[] same = [.. before.Module.named_parameters().Select(p => p.name).Where(name => Parameter(before, name).SequenceEqual(Parameter(after, name)))];
        Assert.Equal(tensors, same.Length);
        Assert.All(same, name => Assert.True(name.StartsWith("bert.embeddings.", StringComparison.Ordinal)
            || Enumerable.Range(0, layers).Any(k => name.StartsWith($"bert.encoder.layer.{k}.", StringComparison.Ordinal)), name));
    }

    [Fact]
    public void More_frozen_layers_than_are_kept_is_a_usage_error()
    {
        using Teacher teacher = Teacher.FromEncoder(TinyBert.Write(_folder["frozen"]), new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Layers = 1 }, CPU);
        var error = Assert.Throws<UsageException>(() => teacher.Module.Freeze(2));
        Assert.Contains("teacher.frozen_layers is 2, but the encoder that is fine-tuned has 1: expected 0 to 1", error.Message, StringComparison.Ordinal);
        Assert.All(teacher.Module.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void A_seed_gives_the_same_new_classifier()
    {
        string folder = TinyBert.Write(_folder["seed"]);
        float[] Classifier(int seed)
        {
            using Teacher teacher = Teacher.FromEncoder(folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Seed = seed }, CPU);
            return Parameter(teacher, "classifier.weight");
        }
        Assert.Equal(Classifier(1), Classifier(1));
        Assert.NotEqual(Classifier(1), Classifier(2));
    }

    [Fact]
    public void Neighbours_and_padding_change_nothing()
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["pad"], classes: 3), CPU);
        float[] together = Logits(teacher);
        for (int k = 0; k < Texts.Length; k++)
        {
            float[] alone = TeacherOutputs.Of(teacher, [teacher.Encoder.Encode(Texts[k])], PooledState.None, 64).Logits;
            for (int c = 0; c < 3; c++)
                Assert.Equal(alone[c], together[3 * k + c], Tolerances.SameArithmeticOtherOrder);
        }
    }

    [Fact]
    public void Windows_of_a_long_text_are_averaged()
    {
        string folder = TinyBert.Write(_folder["long"], classes: 2);
        using Teacher teacher = Teacher.Load(folder, CPU);
        var windows = new TextEncoder(teacher.Tokenizer, maxLength: 6, LongText.WindowsMean);
        EncodedText whole = windows.Encode("a good film the bad plot");
        Assert.Equal(2, whole.Windows.Length);
        Assert.Equal(0, whole.Dropped);
        EncodedText[] parts = [.. whole.Windows.Select(window => new EncodedText([window], window.Length - 2, 0))];
        EncodedText other = windows.Encode("film");
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        Tensor mean = teacher.Forward(parts).Logits.mean([0]);
        Tensor both = teacher.Forward([other, whole]).Logits;
        Assert.True(both[1].allclose(mean, 0, Tolerances.SameArithmeticOtherOrder));
        Assert.True(both[0].allclose(teacher.Forward([other]).Logits[0], 0, Tolerances.SameArithmeticOtherOrder));
    }

    [Theory]
    [InlineData(LongText.Head, new[] { 2, 8, 5, 7, 9, 3 })]
    [InlineData(LongText.HeadTail, new[] { 2, 8, 5, 13, 14, 3 })]
    public void Long_texts_are_cut_where_the_option_says(LongText longText, int[] expected)
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["cut"], classes: 2), CPU);
        EncodedText text = new TextEncoder(teacher.Tokenizer, 6, longText).Encode("a good film the bad plot end");
        Assert.Equal(expected, text.Windows[0]);
        Assert.Equal(7, text.TokenCount);
        Assert.Equal(3, text.Dropped);
    }

    [Theory]
    [InlineData("bert.encoder.layer.1.output.dense.bias", "lacks 1 tensor: bert.encoder.layer.1.output.dense.bias")]
    [InlineData("classifier.weight", "lacks 1 tensor: classifier.weight: expected a fine-tuned")]
    public void A_missing_tensor_is_named(string missing, string message)
    {
        string folder = TinyBert.Write(_folder["missing"], classes: 2, rename: name => name == missing ? null : name);
        var error = Assert.Throws<RetortException>(() => Teacher.Load(folder, CPU));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"hidden_size\":16", "\"hidden_size\":20", "expected (16, 20)")]
    [InlineData("\"num_hidden_layers\":2", "\"num_hidden_layers\":1", "no place for: bert.encoder.layer.1")]
    [InlineData("\"hidden_size\":16", "\"hidden_size\":18", "not a multiple of num_attention_heads 4")]
    [InlineData("\"hidden_size\":16", "\"hidden_size\":-1", "hidden_size is -1")]
    [InlineData("\"model_type\":\"bert\"", "\"model_type\":\"roberta\"", "lacks 41 tensors: roberta.embeddings.word_embeddings.weight")]
    [InlineData("\"model_type\":\"bert\"", "\"model_type\":\"electra\"", "model_type is 'electra': expected one of bert, distilbert, roberta, xlm-roberta, albert")]
    [InlineData("\"hidden_act\":\"gelu\"", "\"hidden_act\":\"relu\"", "hidden_act is 'relu'")]
    [InlineData("\"vocab_size\":16", "\"vocab_size\":15", "has the shape (16, 16): expected (15, 16)")]
    [InlineData("\"1\":\"class1\"", "\"5\":\"class1\"", "id2label has the key '5'")]
    [InlineData("\"1\":\"class1\"", "\"1\":\"class0\"", "stands twice")]
    [InlineData("\"layer_norm_eps\":", "\"layer_norm_eps\":\"small\",\"other\":", "layer_norm_eps is \"small\": expected a number")]
    [InlineData("\"model_type\":", "\"problem_type\":7,\"model_type\":", "problem_type is 7: expected text")]
    [InlineData("\"model_type\":", "\"retort\":{\"max_length\":8,\"long_text\":\"tail\"},\"model_type\":", "long_text is 'tail': expected head, head_tail, windows_mean")]
    [InlineData("\"model_type\":", "\"retort\":{\"max_length\":\"8\"},\"model_type\":", "max_length is \"8\": expected a whole number above 0")]
    public void A_configuration_that_does_not_fit_is_refused(string from, string to, string message)
    {
        string folder = TinyBert.Write(_folder["config"], classes: 2);
        string file = Path.Combine(folder, "config.json");
        string text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
        var error = Assert.Throws<RetortException>(() => Teacher.Load(folder, CPU));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_layers_than_there_are_is_a_usage_error()
    {
        string folder = TinyBert.Write(_folder["layers"]);
        var error = Assert.Throws<UsageException>(() => Teacher.FromEncoder(
            folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Layers = 3 }, CPU));
        Assert.Contains("teacher.layers is 3, but the encoder has 2", error.Message, StringComparison.Ordinal);
    }

    private static TeachOptions Options() => new() { MaxLength = 16 };

    private static float[] Logits(Teacher teacher) =>
        TeacherOutputs.Of(teacher, teacher.Encoder.EncodeAll(Texts), PooledState.None, 64).Logits;

    private static float[] Parameter(Teacher teacher, string name) =>
        teacher.Module.named_parameters().First(p => p.name == name).parameter.data<float>().ToArray();
}
