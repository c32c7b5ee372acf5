using System.Text.Json.Nodes;
using Retort.Data;
using Retort.Export;
using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Signals;
using Retort.Teachers;
using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

/// <summary>DistilBERT, RoBERTa and ALBERT as Hugging Face folders: read, cut, saved, refused.</summary>
public sealed class EncoderKindsTests : IDisposable
{
    private static readonly string[] Texts = ["a good film.", "the bad plot, the end", "", "film"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("distilbert", "DistilBertForSequenceClassification", "vocab.txt")]
    [InlineData("roberta", "RobertaForSequenceClassification", "vocab.json", "merges.txt")]
    [InlineData("albert", "AlbertForSequenceClassification", "spiece.model")]
    [InlineData("albert-groups", "AlbertForSequenceClassification", "vocab.txt")]
    public void A_saved_teacher_has_the_names_and_keys_of_its_kind_and_answers_the_same(string model, string architecture, params string[] tokenizer)
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place(model), CPU);
        teacher.Save(_folder["out"]);
        using (SafetensorsFile saved = SafetensorsFile.Open(Path.Combine(_folder["out"], "model.safetensors")))
        using (SafetensorsFile original = SafetensorsFile.Open(Path.Combine(GoldenEncoders.Place(model), "model.safetensors")))
        {
            Assert.Equal(original.Tensors.Keys.Order(StringComparer.Ordinal), saved.Tensors.Keys.Order(StringComparer.Ordinal));
            Assert.All(original.Tensors.Values, entry => Assert.Equal(entry.Shape, saved.Tensors[entry.Name].Shape));
        }
        JsonObject config = Json(Path.Combine(_folder["out"], "config.json")), before = Json(Path.Combine(GoldenEncoders.Place(model), "config.json"));
        Assert.All(before, entry => Assert.True(JsonNode.DeepEquals(entry.Value, config[entry.Key]), $"{entry.Key}: {config[entry.Key]}"));
        Assert.Equal(architecture, (string?)config["architectures"]![0]);
        Assert.Equal(tokenizer.Order(StringComparer.Ordinal), Directory.GetFiles(_folder["out"]).Select(Path.GetFileName)
            .Except(["config.json", "model.safetensors"]).Order(StringComparer.Ordinal));
        using Teacher again = Teacher.Load(_folder["out"], CPU);
        Assert.Equal(Logits(teacher), Logits(again));
    }

    [Theory]
    [InlineData("distilbert", "distilbert.", false)]
    [InlineData("roberta", "roberta.", false)]
    [InlineData("albert", "albert.", true)]
    public void A_bare_encoder_gets_a_new_classifier_and_its_own_pooler_if_it_has_one(string model, string prefix, bool hasPooler)
    {
        string folder = GoldenEncoders.Copy(model, _folder["bare"]);
        Bare(folder, prefix);
        var notes = new List<string>();
        using Teacher teacher = Teacher.FromEncoder(folder, new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options(), CPU, notes.Add);
        Assert.Empty(notes);
        using Teacher full = Teacher.Load(GoldenEncoders.Place(model), CPU);
        string table = teacher.Module.WordEmbeddingName;
        Assert.Equal(Parameter(full, table), Parameter(teacher, table));
        if (hasPooler)
            Assert.Equal(Parameter(full, "albert.pooler.weight"), Parameter(teacher, "albert.pooler.weight"));
        Assert.Equal(2, Logits(teacher).Length / Texts.Length);
    }

    [Theory]
    [InlineData("distilbert")]
    [InlineData("roberta")]
    [InlineData("albert")]
    [InlineData("albert-groups")]
    public void Gradients_of_the_word_embeddings_are_sparse_and_reach_every_parameter(string model)
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place(model), CPU);
        using var scope = NewDisposeScope();
        teacher.Forward(teacher.Encoder.EncodeAll(Texts)).Logits.square().sum().backward();
        foreach ((string name, TorchSharp.Modules.Parameter value) in teacher.Module.named_parameters())
        {
            Assert.NotNull(value.grad);
            Assert.Equal(name == teacher.Module.WordEmbeddingName, value.grad!.is_sparse);
        }
    }

    [Theory]
    [InlineData("distilbert", 1, "layer.1.")]
    [InlineData("roberta", 1, "layer.1.")]
    [InlineData("albert-groups", 2, "albert_layer_groups.1.")]
    public void Fewer_layers_keep_the_lowest(string model, int layers, string cut)
    {
        using Teacher teacher = Teacher.FromEncoder(GoldenEncoders.Place(model), new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Layers = layers }, CPU);
        Assert.Equal(layers, teacher.Config.Layers);
        Assert.DoesNotContain(teacher.Module.named_parameters(), p => p.name.Contains(cut, StringComparison.Ordinal));
        teacher.Save(_folder["cut"]);
        using Teacher again = Teacher.Load(_folder["cut"], CPU);
        Assert.Equal(Logits(teacher), Logits(again));
    }

    [Fact]
    public void Fewer_layers_of_an_albert_are_fewer_passes_through_the_same()
    {
        using Teacher two = Teacher.FromEncoder(GoldenEncoders.Place("albert"), new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options() with { Layers = 2 }, CPU);
        using Teacher all = Teacher.FromEncoder(GoldenEncoders.Place("albert"), new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options(), CPU);
        Assert.Equal(all.Module.named_parameters().Select(p => p.name), two.Module.named_parameters().Select(p => p.name));
        Assert.NotEqual(Logits(all), Logits(two));
        Assert.Equal((2, 1), (two.Config.Layers, two.Config.Groups));
    }

    [Theory]
    [InlineData("albert", 1, false)]
    [InlineData("albert", 3, true)]
    [InlineData("albert-groups", 1, false)]
    [InlineData("albert-groups", 2, true)]
    [InlineData("distilbert", 1, true)]
    public void Layers_that_share_weights_are_frozen_together_or_not_at_all(string model, int layers, bool possible)
    {
        using Teacher teacher = Teacher.FromEncoder(GoldenEncoders.Place(model), new LabelSet(["x", "y"]), TaskKind.SingleLabel, Options(), CPU);
        if (!possible)
        {
            var error = Assert.Throws<UsageException>(() => teacher.Module.Freeze(layers));
            Assert.Contains($"teacher.frozen_layers is {layers}, but layer {layers} shares its weights with the next", error.Message, StringComparison.Ordinal);
            return;
        }
        teacher.Module.Freeze(layers);
        using var scope = NewDisposeScope();
        teacher.Forward(teacher.Encoder.EncodeAll(Texts)).Logits.square().sum().backward();
        string above = model switch { "albert" => "pooler", "albert-groups" => "albert_layer_groups.1.", _ => "layer.1." };
        Assert.All(teacher.Module.named_parameters(), p => Assert.Equal(p.name.Contains(above, StringComparison.Ordinal) || !IsOfEncoder(p.name), p.parameter.grad is not null));

        static bool IsOfEncoder(string name) => name.Contains("embedding", StringComparison.Ordinal) || name.Contains("layer.", StringComparison.Ordinal) || name.Contains("albert_layers.", StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_that_would_be_cut_apart_are_a_usage_error()
    {
        var error = Assert.Throws<UsageException>(() => Teacher.FromEncoder(GoldenEncoders.Place("albert-groups"), new LabelSet(["x", "y"]),
            TaskKind.SingleLabel, Options() with { Layers = 3 }, CPU));
        Assert.Contains("each of the encoder's 2 groups of layers is passed 2 times: expected a multiple of 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Roberta_has_fewer_tokens_than_rows_of_positions()
    {
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place("roberta"), CPU);
        Assert.Equal(22, teacher.Encoder.MaxLength);
        var error = Assert.Throws<UsageException>(() => Teacher.FromEncoder(GoldenEncoders.Place("roberta"), new LabelSet(["x", "y"]),
            TaskKind.SingleLabel, Options() with { MaxLength = 23 }, CPU));
        Assert.Contains("teacher.max_length is 23, but the encoder has 22 positions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_xlm_roberta_computes_as_a_roberta_and_is_saved_as_itself()
    {
        string folder = GoldenEncoders.Copy("roberta", _folder["xlm"]);
        GoldenEncoders.Edit(Path.Combine(folder, "config.json"), "\"roberta\"", "\"xlm-roberta\"");
        using Teacher teacher = Teacher.Load(folder, CPU);
        GoldenEncoders.Compare(teacher, "roberta/golden.json", Tolerances.TinyEncoderStates, hasLogits: true);
        teacher.Save(_folder["out"]);
        JsonObject config = Json(Path.Combine(_folder["out"], "config.json"));
        Assert.Equal(("xlm-roberta", "XLMRobertaForSequenceClassification"), ((string?)config["model_type"], (string?)config["architectures"]![0]));
    }

    [Theory]
    [InlineData("roberta", "\"roberta\"", "\"deberta-v2\"", "model_type is 'deberta-v2': expected one of bert, distilbert, roberta, xlm-roberta, albert")]
    [InlineData("albert", "\"num_hidden_groups\": 1", "\"num_hidden_groups\": 2", "num_hidden_groups is 2: expected a number that divides num_hidden_layers, 3")]
    [InlineData("albert", "\"num_hidden_groups\": 1", "\"num_hidden_groups\": 0", "num_hidden_groups is 0: expected a whole number above 0")]
    [InlineData("albert-groups", "\"num_hidden_groups\": 2", "\"num_hidden_groups\": 1", "an ALBERT of 1 groups of 2 layers has no place for: albert.encoder.albert_layer_groups.1.")]
    [InlineData("albert", "\"inner_group_num\": 1", "\"inner_group_num\": 2", "lacks 16 tensors: albert.encoder.albert_layer_groups.0.albert_layers.1.attention.query.weight")]
    [InlineData("albert", "\"embedding_size\": 8", "\"embedding_size\": 16", "has the shape (44, 8): expected (44, 16)")]
    [InlineData("distilbert", "\"dim\": 16", "\"hidden_size\": 16", "dim is missing: expected a whole number above 0")]
    [InlineData("distilbert", "\"n_layers\": 2", "\"n_layers\": 1", "a distilbert of 1 layers has no place for: distilbert.transformer.layer.1.")]
    [InlineData("distilbert", "\"activation\": \"gelu\"", "\"activation\": \"relu\"", "activation is 'relu': expected gelu")]
    [InlineData("distilbert", "\"sinusoidal_pos_embds\": false", "\"sinusoidal_pos_embds\": 1", "sinusoidal_pos_embds is 1: expected true or false")]
    [InlineData("roberta", "\"pad_token_id\": 1", "\"pad_token_id\": 22", "max_position_embeddings is 24, of which 23 stand before the first token: expected room for 3 tokens")]
    [InlineData("roberta", "\"pad_token_id\": 1", "\"pad_token_id\": -1", "pad_token_id is -1: expected a whole number from 0")]
    public void A_configuration_that_does_not_fit_is_refused(string model, string from, string to, string message)
    {
        string folder = GoldenEncoders.Copy(model, _folder["config"]);
        GoldenEncoders.Edit(Path.Combine(folder, "config.json"), from, to);
        // The number of tokens of the tiny ALBERT is the tokenizer's to change.
        string expected = message.Replace("44", $"{Json(Path.Combine(folder, "config.json"))["vocab_size"]}", StringComparison.Ordinal);
        var error = Assert.Throws<RetortException>(() => Teacher.Load(folder, CPU));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_weights_of_another_kind_are_refused_with_what_is_lacking()
    {
        string folder = GoldenEncoders.Copy("roberta", _folder["other"]);
        File.Copy(Path.Combine(GoldenEncoders.Place("distilbert"), "model.safetensors"), Path.Combine(folder, "model.safetensors"), overwrite: true);
        var error = Assert.Throws<RetortException>(() => Teacher.Load(folder, CPU));
        Assert.Contains("lacks 41 tensors: roberta.embeddings.word_embeddings.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("expected a fine-tuned RobertaForSequenceClassification", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("albert")]
    [InlineData("albert-groups")]
    public void A_tokenizer_larger_than_the_vocabulary_is_refused(string model)
    {
        string folder = GoldenEncoders.Copy(model, _folder["larger"]);
        var config = Json(Path.Combine(folder, "config.json"));
        int tokens = (int)config["vocab_size"]!;
        string weights = Path.Combine(folder, "model.safetensors");
        using (Teacher teacher = Teacher.Load(folder, CPU))
        {
            TensorFile.Save(weights, teacher.Module.named_parameters()
                .Select(p => (p.name, p.name == teacher.Module.WordEmbeddingName ? p.parameter.narrow(0, 0, tokens - 1) : p.parameter)));
        }
        config["vocab_size"] = tokens - 1;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var error = Assert.Throws<RetortException>(() => Teacher.Load(folder, CPU));
        Assert.Contains($"the tokenizer has {tokens} tokens, but the model embeds {tokens - 1}: they belong to different models", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signals_source_tells_passes_and_tokenizers_apart()
    {
        string Fingerprint(string folder)
        {
            using Teacher teacher = Teacher.Load(folder, CPU);
            return SignalSource.Of(teacher, folder, PooledState.None, Precision.F32).Fingerprint;
        }
        string albert = GoldenEncoders.Copy("albert", _folder["albert"]), roberta = GoldenEncoders.Copy("roberta", _folder["roberta"]);
        string passes = Fingerprint(albert), merges = Fingerprint(roberta);
        Assert.Equal(passes, Fingerprint(GoldenEncoders.Place("albert")));
        GoldenEncoders.Edit(Path.Combine(albert, "config.json"), "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2");
        Assert.NotEqual(passes, Fingerprint(albert));
        GoldenEncoders.Edit(Path.Combine(roberta, "merges.txt"), "g oo\n", "");
        Assert.NotEqual(merges, Fingerprint(roberta));
        File.WriteAllText(Path.Combine(roberta, "tokenizer_config.json"), """{"add_prefix_space": true}""");
        string[] all = [merges, Fingerprint(roberta), passes];
        Assert.Equal(3, all.Distinct().Count());
    }

    [Fact]
    public void The_signals_of_a_bert_keep_their_name()
    {
        using Teacher teacher = Teacher.Load(TinyBert.Write(_folder["bert"], classes: 3), CPU);
        Assert.Equal("880527cff43d5e0b", SignalSource.Of(teacher, _folder["bert"], PooledState.Mean, Precision.F32).Fingerprint);
    }

    [Fact]
    public void Only_a_bert_is_exported()
    {
        var error = Assert.Throws<UsageException>(() => OnnxExport.Run(GoldenEncoders.Place("distilbert"), _folder["a.onnx"], ["a film"], CPU));
        Assert.Contains("is not exported: model_type is 'distilbert'; expected a BERT", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["a.onnx"]));
    }

    [Fact]
    public void Only_a_bert_is_asked_what_stands_in_a_place()
    {
        var error = Assert.Throws<UsageException>(() => MaskedLanguageModel.Load(GoldenEncoders.Place("distilbert"), CPU));
        Assert.Equal("augmentation.predict", error.Key);
    }

    [Theory]
    [InlineData("distilbert", 16)]
    [InlineData("albert-groups", 8)]
    public void A_student_takes_over_word_embeddings_of_their_own_width(string model, int width)
    {
        using EncoderVocabulary vocabulary = EncoderVocabulary.Load(GoldenEncoders.Place(model));
        Assert.Equal([vocabulary.Tokenizer.Vocabulary.Count, width], vocabulary.Embeddings.shape);
        using Teacher teacher = Teacher.Load(GoldenEncoders.Place(model), CPU);
        Assert.True(vocabulary.Embeddings.equal(teacher.Module.WordEmbeddings).all().item<bool>());
    }

    [Theory]
    [InlineData("roberta", "byte-level BPE")]
    [InlineData("albert", "SentencePiece")]
    public void No_student_takes_over_another_tokenizer_than_WordPiece(string model, string name)
    {
        var error = Assert.Throws<UsageException>(() => EncoderVocabulary.Load(GoldenEncoders.Place(model)));
        Assert.Equal("student.tokenizer", error.Key);
        Assert.Contains($"reads text with {name}, and a student reads WordPiece: set student.tokenizer", error.Message, StringComparison.Ordinal);
    }

    // Only the encoder's tensors, without its prefix, as a bare model is published.
    private static void Bare(string folder, string prefix)
    {
        string file = Path.Combine(folder, "model.safetensors");
        using Teacher teacher = Teacher.Load(folder, CPU);
        TensorFile.Save(file, teacher.Module.named_parameters().Where(p => p.name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(p => (p.name[prefix.Length..], (Tensor)p.parameter)));
        JsonObject config = Json(Path.Combine(folder, "config.json"));
        config.Remove("id2label");
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
    }

    private static TeachOptions Options() => new() { MaxLength = 16 };

    private static JsonObject Json(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();

    private static float[] Logits(Teacher teacher) =>
        TeacherOutputs.Of(teacher, teacher.Encoder.EncodeAll(Texts), PooledState.None, 64).Logits;

    private static float[] Parameter(Teacher teacher, string name) =>
        teacher.Module.named_parameters().First(p => p.name == name).parameter.data<float>().ToArray();
}
