using Retort.Runs;
using Retort.Runtime.Model;
using Retort.Teachers;

namespace Retort.Tests.Teachers;

public sealed class ModelWeightsTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_file_is_read()
    {
        WriteFile("model.safetensors", ("a", [1, 2]), ("b", [3]));
        using ModelWeights weights = ModelWeights.Open(_folder);
        Assert.Equal(["a", "b"], weights.Tensors.Keys.Order());
        Assert.Equal([1f, 2f], weights.ReadSingles("a"));
        float[] second = new float[1];
        weights.ReadSingles("a", 1, second);
        Assert.Equal([2f], second);
    }

    [Fact]
    public void Shards_read_as_one_file_does_with_the_same_fingerprint()
    {
        WriteFile("model.safetensors", ("a", [1, 2]), ("b", [3]));
        string expected = Fingerprint();
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        WriteFile("model-00001-of-00002.safetensors", ("b", [3]));
        WriteFile("model-00002-of-00002.safetensors", ("a", [1, 2]));
        WriteText(Index, """
            {"metadata":{"total_size":12},"weight_map":{"a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}
            """);
        using ModelWeights weights = ModelWeights.Open(_folder);
        Assert.Equal([1f, 2f], weights.ReadSingles("a"));
        Assert.Equal([3f], weights.ReadSingles("b"));
        Assert.Equal(expected, weights.Fingerprint);
    }

    [Fact]
    public void The_fingerprint_depends_on_values_names_and_shapes()
    {
        var seen = new HashSet<string>();
        foreach ((string name, float[] values) in new (string, float[])[] { ("a", [1, 2]), ("a", [2, 1]), ("b", [1, 2]), ("a", [1]) })
        {
            WriteFile("model.safetensors", (name, values));
            Assert.True(seen.Add(Fingerprint()));
            Assert.False(seen.Add(Fingerprint()));
        }
        WriteFile("model.safetensors", [new("a", TensorType.F32, [1, 2])], [[1, 2]]);
        Assert.True(seen.Add(Fingerprint()));
    }

    [Theory]
    [InlineData("pytorch_model.bin", "safetensors.torch")]
    [InlineData("model.pt", "torch.load('model.pt'")]
    [InlineData("model.pkl", "safetensors.torch")]
    [InlineData("tf_model.h5", "from_tf=True")]
    public void Other_formats_are_refused_with_the_cure(string file, string cure)
    {
        WriteText(file, "x");
        var e = Assert.Throws<UsageException>(() => ModelWeights.Open(_folder));
        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains(cure, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_weights_and_no_folder_are_refused()
    {
        WriteText("config.json", "{}");
        Assert.Contains("has no model.safetensors", Assert.Throws<UsageException>(() => ModelWeights.Open(_folder)).Message,
            StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => ModelWeights.Open(Path.Combine(_folder, "absent")));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"two.safetensors"}}""", "two.safetensors is missing")]
    [InlineData("""{"weight_map":{"z":"one.safetensors"}}""", "has no tensor 'z'")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "'../one.safetensors' is not the name")]
    [InlineData("""{"weight_map":{"a":"one.bin"}}""", "'one.bin' is not the name")]
    [InlineData("""{"weight_map":{"a":3}}""", "is not an index")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "'a' stands twice")]
    [InlineData("""{"weight_map":[]}""", "is not an index")]
    [InlineData("[]", "is not an index")]
    [InlineData("{}", "has no weight_map")]
    [InlineData("{", "is not an index")]
    public void A_broken_index_is_refused(string index, string reason)
    {
        WriteFile("one.safetensors", ("a", [1]));
        WriteText(Index, index);
        var e = Assert.Throws<RetortException>(() => ModelWeights.Open(_folder));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_and_an_absent_tensor_are_failures_that_name_it()
    {
        WriteFile("model.safetensors", ("a", [1]));
        using (ModelWeights weights = ModelWeights.Open(_folder))
        {
            var absent = Assert.Throws<RetortException>(() => weights.ReadSingles("x"));
            Assert.Contains("no tensor 'x'", absent.Message, StringComparison.Ordinal);
        }
        byte[] bytes = File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"));
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), bytes[..^1]);
        var e = Assert.Throws<RetortException>(() => ModelWeights.Open(_folder));
        Assert.Contains("cut off", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_real_encoder_is_read()
    {
        using ModelWeights weights = ModelWeights.Open(TestPaths.Model("minilm"));
        Assert.Equal([30522L, 384L], weights.Tensors["embeddings.word_embeddings.weight"].Shape);
        float[] norm = weights.ReadSingles("embeddings.LayerNorm.weight");
        Assert.Equal(384, norm.Length);
        Assert.All(norm, value => Assert.InRange(value, 0.01f, 10f));
        Assert.Equal(64, weights.Fingerprint.Length);
    }

    private string Fingerprint()
    {
        using ModelWeights weights = ModelWeights.Open(_folder);
        return weights.Fingerprint;
    }

    private void WriteText(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private void WriteFile(string name, params (string Name, float[] Values)[] tensors) =>
        WriteFile(name, [.. tensors.Select(t => new TensorDeclaration(t.Name, TensorType.F32, [t.Values.Length]))],
            [.. tensors.Select(t => t.Values)]);

    private void WriteFile(string name, TensorDeclaration[] tensors, float[][] values)
    {
        using FileStream stream = File.Create(Path.Combine(_folder, name));
        var writer = new SafetensorsWriter(stream, tensors, null);
        for (int k = 0; k < tensors.Length; k++)
            writer.WriteSingles(tensors[k].Name, values[k]);
        writer.Complete();
    }
}
