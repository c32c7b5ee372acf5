using Retort.Runs;
using Retort.Teachers.Sources;

namespace Retort.Tests.Teachers.Sources;

public sealed class ModelSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_folder_with_a_config_is_taken_as_it_is()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "{}");
        Assert.Equal(_folder, await Resolve(_folder));
    }

    [Fact]
    public async Task A_folder_without_a_config_and_a_file_are_refused()
    {
        Assert.Contains("has no config.json", await Refusal(_folder), StringComparison.Ordinal);
        string file = Path.Combine(_folder, "model.safetensors");
        File.WriteAllText(file, "");
        Assert.Contains("is a file", await Refusal(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "no model is named")]
    [InlineData("s3://bucket/model", "'s3:' is not a known kind of source")]
    [InlineData("https://huggingface.co/google-bert/bert-base-uncased/tree/main", "did you mean hf:google-bert/bert-base-uncased?")]
    [InlineData("google-bert/bert-base-uncased", "did you mean hf:google-bert/bert-base-uncased?")]
    [InlineData("MiniLM", "did you mean minilm")]
    [InlineData("no/such/folder/at/all", "there is no folder no/such/folder/at/all (expected a folder, an .onnx file, minilm,")]
    public async Task What_is_not_found_is_refused_with_a_suggestion(string source, string reason) =>
        Assert.Contains(reason, await Refusal(source), StringComparison.Ordinal);

    [Fact]
    public async Task A_misspelt_folder_suggests_its_sibling()
    {
        string sibling = Directory.CreateDirectory(Path.Combine(_folder, "teacher")).FullName;
        Assert.Contains($"did you mean {sibling}?", await Refusal(Path.Combine(_folder, "Teachers")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf:", "does not name a model on the hub")]
    [InlineData("hf:a/b/c", "does not name a model on the hub")]
    [InlineData("hf:../etc", "does not name a model on the hub")]
    [InlineData("hf:a/b..c", "does not name a model on the hub")]
    [InlineData("hf:a/b\n", "does not name a model on the hub")]
    [InlineData("hf:a/b@", "is not a branch")]
    [InlineData("hf:a/b@../../x", "is not a branch")]
    [InlineData("hf:a/b@x y", "is not a branch")]
    [InlineData("npm:model", "has no version")]
    [InlineData("npm:@scope/model", "has no version")]
    [InlineData("npm:model@^1.0.0", "has '^1.0.0': expected an exact one")]
    [InlineData("npm:model@latest", "has 'latest'")]
    [InlineData("npm:model@1.x", "has '1.x'")]
    [InlineData("npm:model@1.0", "has '1.0'")]
    [InlineData("npm:--global@1.0.0", "is not a package name")]
    [InlineData("npm:a b@1.0.0", "is not a package name")]
    [InlineData("npm:../a@1.0.0", "is not a package name")]
    [InlineData("npm:@1.0.0", "is not a package name")]
    public async Task A_malformed_reference_is_refused(string source, string reason) =>
        Assert.Contains(reason, await Refusal(source), StringComparison.Ordinal);

    [Fact]
    public void Well_formed_references_are_taken_apart()
    {
        Assert.Equal(new HubReference("org/name", "main"), HubReference.Parse("hf:org/name"));
        Assert.Equal(new HubReference("bert-base-uncased", "refs/pr/1"), HubReference.Parse("hf:bert-base-uncased@refs/pr/1"));
        Assert.True(HubReference.Parse($"hf:a/b@{new string('0', 40)}").IsCommit);
        Assert.Equal(new NpmReference("@scope/name", "1.0.0-rc.1+x"), NpmReference.Parse("npm:@scope/name@1.0.0-rc.1+x"));
        Assert.Equal(new NpmReference("name", "10.0.12"), NpmReference.Parse("npm:name@10.0.12"));
    }

    [Fact]
    public async Task Invalid_options_are_refused()
    {
        Assert.Contains("RETORT_CACHE", await Refusal(_folder, new SourceOptions { CacheFolder = " " }), StringComparison.Ordinal);
        Assert.Contains("not an http or https", await Refusal(_folder, new SourceOptions { HubEndpoint = new Uri("ftp://x") }),
            StringComparison.Ordinal);
        Assert.Contains("npm command", await Refusal(_folder, new SourceOptions { NpmCommand = "" }), StringComparison.Ordinal);
        Assert.Contains("must be positive", await Refusal(_folder, new SourceOptions { Attempts = 0 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a":0,"b":2}}}""", "'b' has id 2: expected each of 0 to 1 once")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a":0,"b":0}}}""", "'b' has id 0")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a\n":0}}}""", "holds a line break")]
    [InlineData("""{"model":{"type":"WordPiece","vocab":{"a":"x"}}}""", "has no model.vocab")]
    [InlineData("""{"model":{"type":"WordPiece"}}""", "has no model.vocab")]
    [InlineData("{", "not JSON; is the file whole?")]
    [InlineData("[]", "has no model.vocab")]
    public void A_tokenizer_file_that_gives_no_vocabulary_is_refused(string json, string reason)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json);
        Assert.Contains(reason, Assert.Throws<RetortException>(() => VocabularyFile.Complete(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[]}}""")]
    [InlineData("""{"model":{"unk_id":0,"vocab":[["a",0]]}}""")]
    public void A_tokenizer_file_of_another_kind_makes_no_vocabulary(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json);
        VocabularyFile.Complete(_folder);
        Assert.False(File.Exists(Path.Combine(_folder, "vocab.txt")));
    }

    private static Task<string> Resolve(string source, SourceOptions? options = null) => ModelSource.ResolveAsync(
        source, options ?? new SourceOptions { Offline = true }, null, TestContext.Current.CancellationToken);

    private static async Task<string> Refusal(string source, SourceOptions? options = null) =>
        (await Assert.ThrowsAsync<UsageException>(() => Resolve(source, options))).Message;
}
