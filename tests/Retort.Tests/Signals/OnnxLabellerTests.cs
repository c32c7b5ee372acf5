using Google.Protobuf;
using Retort.Data;
using Retort.Onnx;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Onnx;
using Retort.Tests.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Signals;

/// <summary>What an ONNX model says is compared with what libtorch says of the folder that it was made from.</summary>
public sealed class OnnxLabellerTests : IDisposable
{
    private static readonly LabelSet Labels = new(["class0", "class1", "class2"]);
    private static readonly LabelOptions Options = new() { BatchTokens = 30 };

    // Short beside long, with one that is cut.
    private static readonly string[] Texts = Enumerable.Range(0, 25).Select(k => string.Join(' ',
        Enumerable.Range(0, 1 + k * 3 % 31).Select(n => TinyBert.Tokens[5 + (k * 7 + n * 3) % 11].TrimStart('#')))).ToArray();

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Variants { get; } = ["exported", "plain", "int32", "without token types", "other names", "fixed length", "fixed batch", "fixed to one", "unmasked"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public void It_says_what_libtorch_says(string variant)
    {
        using OnnxLabeller labeller = Load(Write(variant));
        int done = 0;
        long tokens = 0;
        TeacherOutputs outputs = labeller.Label(Texts, (more, read) => (done, tokens) = (done + more, tokens + read), TestContext.Current.CancellationToken);
        TeacherOutputs expected = OfLibTorch(Options);
        AssertClose(expected.Logits, outputs.Logits);
        AssertClose(expected.Pooled, outputs.Pooled);
        Assert.Equal((Texts.Length, TokensOfLibTorch()), (done, tokens));
        Assert.Equal(Labels.Names, labeller.Source.Classes);
        Assert.Equal(variant == "exported" ? TaskKind.SingleLabel : null, labeller.Kind);
        Assert.Equal(variant == "unmasked", labeller.Found.Contains("one by one", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PooledState.Cls, TinyBert.Hidden)]
    [InlineData(PooledState.None, 0)]
    public void Pooled_states_are_those_asked_for(PooledState pooled, int hidden)
    {
        LabelOptions options = Options with { PooledState = pooled };
        using OnnxLabeller labeller = Load(Write("plain"), options);
        Assert.Equal((pooled, hidden), (labeller.Source.PooledState, labeller.Source.Hidden));
        AssertClose(OfLibTorch(options).Pooled, Label(labeller).Pooled);
    }

    [Fact]
    public void A_model_without_states_gives_logits_alone()
    {
        using OnnxLabeller labeller = Load(TinyOnnx.Write(_folder, TinyOnnx.Without(TensorNames.States)));
        Assert.Equal((PooledState.None, 0), (labeller.Source.PooledState, labeller.Source.Hidden));
        Assert.Contains("no output of hidden states", labeller.Found, StringComparison.Ordinal);
        Assert.Empty(Label(labeller).Pooled);
    }

    [Theory]
    [InlineData("Softmax", "probabilities, by their values")]
    [InlineData("LogSoftmax", "log-probabilities, by their values")]
    public void Probabilities_and_their_logarithms_become_centred_logits(string operation, string found)
    {
        using OnnxLabeller labeller = Load(TinyOnnx.Write(_folder, TinyOnnx.Through(operation)));
        Assert.Contains($"logits is {found}", labeller.Found, StringComparison.Ordinal);
        IEnumerable<float> expected = OfLibTorch(Options).Logits.Chunk(3).SelectMany(row => row.Select(value => value - row.Average()));
        AssertClose(expected.ToArray(), Label(labeller).Logits);
    }

    [Fact]
    public void A_lone_output_of_classes_needs_no_name()
    {
        using OnnxLabeller labeller = Load(TinyOnnx.Write(_folder, TinyOnnx.Without(TensorNames.Logits)));
        Assert.Contains("probabilities is probabilities", labeller.Found, StringComparison.Ordinal);
        Assert.Equal(OfLibTorch(Options).Logits.Chunk(3).Select(row => Array.IndexOf(row, row.Max())),
            Label(labeller).Logits.Chunk(3).Select(row => Array.IndexOf(row, row.Max())));
    }

    [Fact]
    public void An_output_that_is_named_is_taken_for_that_and_is_another_source()
    {
        OnnxTeacherFiles files = TinyOnnx.Write(_folder, TinyOnnx.Through("LogSoftmax"));
        using OnnxLabeller guessed = Load(files), told = Load(files, Options with { OnnxOutput = OnnxOutput.Logits });
        Assert.All(Label(told).Logits.Chunk(3), row => Assert.Equal(1, row.Sum(value => Math.Exp(value)), Tolerances.SameArithmeticOtherOrder));
        Assert.NotEqual(guessed.Source.Fingerprint, told.Source.Fingerprint);
    }

    [Fact]
    public void Logits_that_are_taken_for_probabilities_are_refused_with_the_text()
    {
        using OnnxLabeller labeller = Load(Write("plain"), Options with { OnnxOutput = OnnxOutput.Probabilities });
        var error = Assert.Throws<RetortException>(() => Label(labeller));
        Assert.Contains("signals.onnx_output", error.Message, StringComparison.Ordinal);
        Assert.Contains("probabilit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_in_another_file_are_read_and_part_of_the_source()
    {
        string data = _folder["onnx/model.onnx.data"];
        OnnxTeacherFiles files = TinyOnnx.Write(_folder, TinyOnnx.External(data));
        Assert.Equal([data], ExternalTensors.FilesOf(files.Model));
        string first;
        using (OnnxLabeller labeller = Load(files))
        {
            AssertClose(OfLibTorch(Options).Logits, Label(labeller).Logits);
            first = labeller.Source.Fingerprint;
        }
        byte[] weights = File.ReadAllBytes(data);
        weights[0] ^= 1;
        File.WriteAllBytes(data, weights);
        using OnnxLabeller changed = Load(files);
        Assert.NotEqual(first, changed.Source.Fingerprint);
    }

    [Fact]
    public void Inputs_of_another_model_are_refused_by_name() => AssertRefused(
        "it needs 'pixel_values' int64 (batch, length)", TinyOnnx.Write(_folder, TinyOnnx.Rename(TensorNames.TokenTypes, "pixel_values")));

    [Fact]
    public void A_model_without_token_ids_is_refused() => AssertRefused(
        "it has no input input_ids", TinyOnnx.Write(_folder, TinyOnnx.WithoutTokenTypes, TinyOnnx.Rename(TensorNames.Ids, "position_ids")));

    [Fact]
    public void A_classifier_of_tokens_is_refused() => AssertRefused(
        "not of tokens", TinyOnnx.Write(_folder, TinyOnnx.Without(TensorNames.Logits, TensorNames.Probabilities),
            TinyOnnx.Rename(TensorNames.Logits, "unused"), TinyOnnx.Rename(TensorNames.States, TensorNames.Logits)));

    [Fact]
    public void An_encoder_without_classes_is_refused() => AssertRefused(
        "expected one that is called logits", TinyOnnx.Write(_folder, TinyOnnx.Without(TensorNames.Logits, TensorNames.Probabilities)));

    [Fact]
    public void A_tokenizer_of_more_tokens_than_the_model_embeds_is_refused()
    {
        OnnxTeacherFiles files = Write("plain");
        File.AppendAllText(Path.Combine(files.TokenizerFolder, "vocab.txt"), "one\nmore\n");
        AssertRefused("it has no embedding for some of the tokenizer's ids, which go up to 17", files);
    }

    [Fact]
    public void Another_vocabulary_than_the_export_had_is_refused()
    {
        OnnxTeacherFiles files = Write("exported");
        File.WriteAllLines(Path.Combine(files.TokenizerFolder, "vocab.txt"), TinyBert.Tokens.Select(token => token == "film" ? "movie" : token));
        AssertRefused("has another vocabulary than", files);
    }

    [Fact]
    public void Other_classes_than_the_model_has_are_refused()
    {
        OnnxTeacherFiles files = Write("plain");
        File.WriteAllText(files.Config!, """{"max_position_embeddings": 24, "id2label": {"0": "class0", "1": "class1"}}""");
        AssertRefused("id2label names 2 classes, but the output logits", files);
        File.Delete(files.Config!);
        var error = Assert.Throws<UsageException>(() => OnnxLabeller.Load(OnnxTeacherFiles.Find(files.Model)!, Options, new LabelSet(["a", "b"]), TaskKind.SingleLabel, 1));
        Assert.Contains("tells 3 classes apart and has no id2label, and the data have 2 classes (a, b)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_that_nothing_tells_is_tried()
    {
        OnnxTeacherFiles files = Write("plain");
        File.Delete(files.Config!);
        AssertRefused("does not read 512 tokens", OnnxTeacherFiles.Find(files.Model)!);
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        OnnxTeacherFiles files = Write("plain");
        byte[] bytes = File.ReadAllBytes(files.Model);
        File.WriteAllBytes(files.Model, bytes[..(bytes.Length / 2)]);
        AssertRefused("ONNX Runtime does not run it", files);
        File.WriteAllText(files.Model, "<html>404</html>");
        AssertRefused("ONNX Runtime does not run it", files);
    }

    [Fact]
    public void NaN_is_refused_by_labelling()
    {
        using OnnxLabeller labeller = Load(TinyOnnx.Write(_folder, model => model.Graph.Initializer.Single(tensor => tensor.Name == "classifier.bias")
            .RawData = ByteString.CopyFrom(new float[] { 0, float.NaN, 0 }.SelectMany(BitConverter.GetBytes).ToArray())));
        SignalCache cache = SignalCache.Open(_folder["cache"], labeller.Source);
        var error = Assert.Throws<RetortException>(() => Labelling.Run(Options, labeller, cache, Texts, null, TestContext.Current.CancellationToken));
        Assert.Contains("answers NaN for class 1 of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_is_found_in_a_folder_as_the_hub_lays_it_out()
    {
        OnnxTeacherFiles files = Write("plain");
        Directory.CreateDirectory(_folder["hub/onnx"]);
        File.Copy(files.Model, _folder["hub/onnx/model.onnx"]);
        Assert.Contains("has no tokenizer: expected tokenizer.json or vocab.txt in", Assert.Throws<RetortException>(() => OnnxTeacherFiles.Find(_folder["hub"])).Message, StringComparison.Ordinal);
        File.Copy(Path.Combine(files.TokenizerFolder, "vocab.txt"), _folder["hub/vocab.txt"]);
        File.Copy(files.Config!, _folder["hub/config.json"]);
        Assert.Equal(new OnnxTeacherFiles(_folder["hub/onnx/model.onnx"], _folder["hub"], _folder["hub/config.json"]), OnnxTeacherFiles.Find(_folder["hub"]));
        Assert.Null(OnnxTeacherFiles.Find(_folder["bert"]));
        File.Copy(files.Model, _folder["hub/onnx/model_int8.onnx"]);
        Assert.Equal(_folder["hub/onnx/model.onnx"], OnnxTeacherFiles.Find(_folder["hub"])!.Model);
        File.Move(_folder["hub/onnx/model.onnx"], _folder["hub/onnx/model_fp16.onnx"]);
        Assert.Contains("2 ONNX models (model_fp16.onnx, model_int8.onnx)", Assert.Throws<UsageException>(() => OnnxTeacherFiles.Find(_folder["hub"])).Message, StringComparison.Ordinal);
    }

    private OnnxTeacherFiles Write(string variant) => variant switch
    {
        "exported" => TinyOnnx.Write(_folder),
        "int32" => TinyOnnx.Write(_folder, TinyOnnx.Int32),
        "without token types" => TinyOnnx.Write(_folder, TinyOnnx.WithoutTokenTypes),
        "other names" => TinyOnnx.Write(_folder, TinyOnnx.Rename(TensorNames.Mask, "input_mask"), TinyOnnx.Rename(TensorNames.TokenTypes, "segment_ids"),
            TinyOnnx.Without(TensorNames.Probabilities), TinyOnnx.Rename(TensorNames.Logits, "output_0"), TinyOnnx.Rename(TensorNames.States, "output_1")),
        "fixed length" => TinyOnnx.Write(_folder, TinyOnnx.Fixed(0, TinyBert.Positions)),
        "fixed batch" => TinyOnnx.Write(_folder, TinyOnnx.Fixed(3, TinyBert.Positions)),
        "fixed to one" => TinyOnnx.Write(_folder, TinyOnnx.Fixed(1, TinyBert.Positions)),
        "unmasked" => TinyOnnx.Write(_folder, TinyOnnx.Unmasked),
        _ => TinyOnnx.Write(_folder, TinyOnnx.Plain),
    };

    private static OnnxLabeller Load(OnnxTeacherFiles files, LabelOptions? options = null) =>
        OnnxLabeller.Load(files, options ?? Options, Labels, TaskKind.SingleLabel, 2);

    private static TeacherOutputs Label(OnnxLabeller labeller) => labeller.Label(Texts, null, TestContext.Current.CancellationToken);

    private TeacherOutputs OfLibTorch(LabelOptions options)
    {
        using var labeller = EncoderLabeller.Load(_folder["bert"], options, CPU);
        return labeller.Label(Texts, null, TestContext.Current.CancellationToken);
    }

    private long TokensOfLibTorch()
    {
        using Teacher teacher = Teacher.Load(_folder["bert"], CPU);
        return Texts.Sum(text => teacher.Encoder.Encode(text).Windows.Sum(window => (long)window.Length));
    }

    private static void AssertRefused(string expected, OnnxTeacherFiles files)
    {
        var error = Assert.Throws<RetortException>(() => Load(files).Dispose());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(files.Model, error.Message, StringComparison.Ordinal);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Tolerances.OtherLibrary));
    }
}
