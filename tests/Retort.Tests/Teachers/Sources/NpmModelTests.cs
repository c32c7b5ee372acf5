using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Retort.Runs;
using Retort.Teachers;
using Retort.Teachers.Sources;

namespace Retort.Tests.Teachers.Sources;

/// <summary>A script stands in for npm, except in the one test that says so.</summary>
public sealed class NpmModelTests : IDisposable
{
    private const string Tokenizer = """{"model":{"type":"WordPiece","vocab":{"b":1,"[PAD]":0,"##é":2}}}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_model_in_a_package_becomes_a_folder_and_is_then_used_without_npm()
    {
        byte[] weights = StandInHub.Weights(("a", 5));
        SourceOptions options = Pack(
            ("package/package.json", "{}"u8.ToArray()), ("package/model/config.json", "{}"u8.ToArray()),
            ("package/model/tokenizer.json", Encoding.UTF8.GetBytes(Tokenizer)), ("package/model/model.fp16.safetensors", weights));
        string folder = await Resolve(options);
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("[PAD]\nb\n##é\n", File.ReadAllText(Path.Combine(folder, "vocab.txt")));
        using (ModelWeights read = ModelWeights.Open(folder))
            Assert.Equal(5, read.ReadSingles("a").Length);
        Assert.Equal("pack --ignore-scripts --loglevel=error --no-update-notifier @scope/model@1.2.3",
            File.ReadAllText(Path.Combine(_folder, "arguments")).Trim());

        Assert.Equal(folder, await Resolve(options with { NpmCommand = "no-such-npm" }));
        Assert.Equal(folder, await Resolve(options with { NpmCommand = "no-such-npm", Offline = true }));
    }

    [Fact]
    public async Task Shards_and_a_vocabulary_are_taken_as_they_are()
    {
        string folder = await Resolve(Pack(
            ("package/config.json", "{}"u8.ToArray()), ("package/vocab.txt", "x\n"u8.ToArray()),
            ("package/model.safetensors.index.json", """{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"""u8.ToArray()),
            ("package/1.safetensors", StandInHub.Weights(("a", 5))), ("package/2.safetensors", StandInHub.Weights(("b", 6)))));
        using ModelWeights weights = ModelWeights.Open(folder);
        Assert.Equal(2, weights.Tensors.Count);
        Assert.Equal("x\n", File.ReadAllText(Path.Combine(folder, "vocab.txt")));
    }

    [Theory]
    [InlineData("config.json merges.txt model.safetensors vocab.json")]
    [InlineData("added_tokens.json config.json model.safetensors spiece.model tokenizer_config.json")]
    [InlineData("config.json model.safetensors sentencepiece.bpe.model special_tokens_map.json")]
    public void The_files_of_every_tokenizer_are_taken(string names)
    {
        PackageLayout layout = PackageLayout.Find("npm:x@1.0.0", [.. names.Split(' ').Append("README.md").Select(name => $"package/{name}")]);
        Assert.Equal(names.Split(' '), layout.Files.Values.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("package/models/m.int8.onnx package/models/vocab.txt package/README.md", "m.int8.onnx vocab.txt")]
    [InlineData("package/m/onnx/model.onnx package/m/onnx/model.onnx_data package/m/onnx/model_q4.onnx package/m/tokenizer.json package/m/config.json",
        "config.json model.onnx model.onnx_data tokenizer.json")]
    [InlineData("package/a/model_optimized.onnx package/a/vocab.txt package/a/config.json package/b/other.onnx",
        "config.json model_optimized.onnx vocab.txt")]
    public void An_onnx_model_is_taken_where_there_are_no_safetensors(string names, string taken)
    {
        PackageLayout layout = PackageLayout.Find("npm:x@1.0.0", names.Split(' '));
        Assert.Equal(taken.Split(' '), layout.Files.Values.Order(StringComparer.Ordinal));
        Assert.All(layout.Files, file => Assert.EndsWith("/" + file.Value, file.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("has 2 ONNX models (package/x.onnx, package/y.onnx)", "package/x.onnx", "package/y.onnx", "package/vocab.txt")]
    [InlineData("has no model", "package/x.onnx", "package/config.json")]
    [InlineData("has no model", "package/config.json")]
    [InlineData("has no model", "package/a/config.json", "package/b/x.safetensors", "package/vocab.txt")]
    [InlineData("has 2 models (package/a/, package/b/)", "package/a/config.json", "package/a/x.safetensors", "package/b/config.json", "package/b/x.safetensors")]
    [InlineData("has several weights", "package/config.json", "package/vocab.txt", "package/x.safetensors", "package/y.safetensors")]
    [InlineData("has no tokenizer beside its weights", "package/config.json", "package/x.safetensors")]
    public async Task A_package_without_one_clear_model_is_refused(string reason, params string[] names)
    {
        SourceOptions options = Pack([.. names.Select(name => (name, "{}"u8.ToArray()))]);
        var e = await Assert.ThrowsAsync<UsageException>(() => Resolve(options));
        Assert.Contains($"npm:@scope/model@1.2.3 {reason}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("package/../../evil")]
    [InlineData("/evil")]
    [InlineData("package\\..\\evil")]
    public async Task A_name_that_reaches_outside_is_refused(string name)
    {
        SourceOptions options = Pack((name, [1]), ("package/config.json", "{}"u8.ToArray()));
        var e = await Assert.ThrowsAsync<RetortException>(() => Resolve(options));
        Assert.Contains("reaches outside", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder, "evil", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public async Task A_link_is_refused(TarEntryType type)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(type, "package/config.json") { LinkName = "/etc/passwd" });
        var e = await Assert.ThrowsAsync<RetortException>(() => Resolve(Serve(archive.ToArray())));
        Assert.Contains("expected plain files", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_archive_is_refused()
    {
        SourceOptions options = Serve(new byte[1000]);
        File.WriteAllBytes(Path.Combine(_folder, "archive"), [1, 2, 3]);
        var e = await Assert.ThrowsAsync<RetortException>(() => Resolve(options));
        Assert.Contains("is damaged", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("npm error code E404", "the registry has no such package", true)]
    [InlineData("npm error code ETARGET", "has no version 1.2.3", true)]
    [InlineData("npm error network timeout", "failed with exit code 1: npm error network timeout", false)]
    public async Task A_failure_of_npm_is_explained(string output, string reason, bool usage)
    {
        SourceOptions options = Script($"echo '{output}' >&2; exit 1");
        var e = await Assert.ThrowsAnyAsync<RetortException>(() => Resolve(options));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal(usage, e is UsageException);
        Assert.Empty(Directory.GetDirectories(_folder, "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_missing_npm_is_named_with_the_cure()
    {
        var e = await Assert.ThrowsAsync<RetortException>(() => Resolve(Options("no-such-npm")));
        Assert.Contains("'no-such-npm' cannot be started", e.Message, StringComparison.Ordinal);
        Assert.Contains("install Node.js", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_npm_is_ended()
    {
        SourceOptions options = Script("exec sleep 600");
        using var interrupt = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ModelSource.ResolveAsync("npm:@scope/model@1.2.3", options, null, interrupt.Token));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public async Task The_pinned_encoder_comes_from_the_registry_where_the_hub_is_out_of_reach()
    {
        SourceOptions options = Options(new SourceOptions().NpmCommand) with { HubEndpoint = new Uri("http://127.0.0.1:1") };
        Assert.SkipUnless(await RegistryAnswersAsync(options.NpmCommand), "npm is absent, or its registry cannot be reached");
        var notes = new List<string>();
        string folder = await ModelSource.ResolveAsync(
            "minilm", options, new Notebook(notes), TestContext.Current.CancellationToken);
        Assert.Contains(notes, note => note.Contains("cannot be reached", StringComparison.Ordinal));
        Assert.Equal(30522, File.ReadLines(Path.Combine(folder, "vocab.txt")).Count());
        using (ModelWeights weights = ModelWeights.Open(folder))
            Assert.Equal([30522L, 384L], weights.Tensors["embeddings.word_embeddings.weight"].Shape);

        options = options with { Offline = true };
        Assert.Equal(folder, await ModelSource.ResolveAsync("minilm", options, null, TestContext.Current.CancellationToken));
        File.AppendAllText(Path.Combine(folder, "vocab.txt"), "x\n");
        var e = await Assert.ThrowsAsync<RetortException>(
            () => ModelSource.ResolveAsync("minilm", options, null, TestContext.Current.CancellationToken));
        Assert.Contains("minilm is pinned to 07eced37", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pinned_encoder_that_neither_has_names_both_reasons()
    {
        SourceOptions options = Options("no-such-npm") with { HubEndpoint = new Uri("http://127.0.0.1:1") };
        var e = await Assert.ThrowsAsync<RetortException>(
            () => ModelSource.ResolveAsync("minilm", options, null, TestContext.Current.CancellationToken));
        Assert.Contains("cannot be reached", e.Message, StringComparison.Ordinal);
        Assert.Contains("install Node.js", e.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> RegistryAnswersAsync(string npm)
    {
        try
        {
            using Process ping = Process.Start(new ProcessStartInfo(npm, "ping --fetch-retries=0")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            await ping.WaitForExitAsync(TestContext.Current.CancellationToken);
            return ping.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static Task<string> Resolve(SourceOptions options) =>
        ModelSource.ResolveAsync("npm:@scope/model@1.2.3", options, null, TestContext.Current.CancellationToken);

    private SourceOptions Options(string npm) => new() { CacheFolder = Path.Combine(_folder, "cache"), NpmCommand = npm };

    private SourceOptions Pack(params (string Name, byte[] Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in files)
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
        return Serve(archive.ToArray());
    }

    private SourceOptions Serve(byte[] tar)
    {
        string archive = Path.Combine(_folder, "archive");
        using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
            gzip.Write(tar);
        return Script($"echo \"$@\" > '{_folder}/arguments'; cp '{archive}' scope-model-1.2.3.tgz");
    }

    private SourceOptions Script(string body)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for npm is a shell script");
        string path = Path.Combine(_folder, "npm");
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Options(path);
    }
}
