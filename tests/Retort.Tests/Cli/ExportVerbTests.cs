using System.Text.Json;
using Retort.Export;
using Retort.Onnx;
using Retort.Pipeline;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Cli;

/// <summary><c>retort export</c> with the models of a finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class ExportVerbTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("student")]
    [InlineData("teacher")]
    public async Task A_model_is_written_and_compared_on_the_texts_of_a_file(string model)
    {
        var terminal = new TestTerminal();
        string target = _folder[$"{model}.onnx"];
        Assert.Equal(0, await terminal.Run("export", Model(model), "--output", target, "--texts", run.Data("dev.tsv"), "--threads", "1"));
        Assert.Matches(@"^.*\.onnx: \d+\.\d MB; .* on 24 texts, fewer than 1,000: largest difference of a logit \d\.\de-\d, allowed 1e-\d\n$",
            terminal.Out.ToString());
        using OnnxClassifier exported = OnnxClassifier.Load(target);
        Assert.Equal("""{"0":"bad","1":"good"}""", exported.Metadata["id2label"]);
    }

    [Fact]
    public async Task The_file_stands_in_the_folder_and_the_texts_are_built_in_where_nothing_is_said()
    {
        foreach (string file in Directory.GetFiles(Model("student")))
            File.Copy(file, _folder[Path.GetFileName(file)]);
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("export", _folder.Path, "--json"));
        using JsonDocument json = JsonDocument.Parse(terminal.Out.ToString());
        Assert.Equal(Path.Combine(_folder.Path, "model.onnx"), json.RootElement.GetProperty("file").GetString());
        Assert.Equal(new FileInfo(_folder["model.onnx"]).Length, json.RootElement.GetProperty("bytes").GetInt64());
        Assert.Equal(ParityTexts.BuiltIn.Count, json.RootElement.GetProperty("texts").GetInt32());
        Assert.Equal(0, await new TestTerminal().Run("predict", _folder.Path, "a good film"));
    }

    [Theory]
    [InlineData("student")]
    [InlineData("students/seed-1")]
    [InlineData("teacher")]
    public async Task A_model_of_a_run_is_compared_on_what_the_run_was_tested_chosen_and_trained_on_too(string model)
    {
        Recipe copy = run.CopyTo(_folder);
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("export", _folder[$"tiny/{model}"], "--threads", "1", "--json"));
        using JsonDocument json = JsonDocument.Parse(terminal.Out.ToString());
        int rows = new[] { copy.Data.Test, copy.Data.Dev, copy.Data.Train }.Sum(file => File.ReadLines(file).Count() - 1);
        Assert.Equal(ParityTexts.BuiltIn.Count + rows, json.RootElement.GetProperty("texts").GetInt32());
    }

    [Fact]
    public async Task Of_more_than_a_thousand_texts_a_thousand_are_compared_and_nothing_is_missing()
    {
        Recipe recipe = run.CopyTo(_folder);
        string train = _folder.Write("train.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 1100).Select(k => $"text {k}\tgood\n")));
        File.WriteAllText(_folder["tiny/recipe.yaml"], (recipe with { Data = recipe.Data with { Train = train } }).ToYaml(commented: false));
        var terminal = new TestTerminal();
        Assert.Equal(0, await terminal.Run("export", _folder["tiny/student"], "--threads", "1"));
        Assert.Contains(" on 1,000 texts: largest", terminal.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_full_disk_nothing_is_left_half_written()
    {
        using var disk = new SmallDisk(_folder["disk"], bytes: 8192);
        var terminal = new TestTerminal();
        Assert.Equal(1, await terminal.Run("export", Model("teacher"), "--output", _folder["disk/teacher.onnx"], "--threads", "1"));
        Assert.Contains("No space left on device", terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["disk"]));
    }

    [Theory]
    [InlineData(2, "no-folder", "there is no model in 'no-folder'")]
    [InlineData(2, "STUDENT --texts none.tsv", "none.tsv: no such file")]
    [InlineData(2, "STUDENT --texts config.json", "the format '.json' is unknown")]
    [InlineData(2, "STUDENT --output FOLDER", "is a folder")]
    [InlineData(2, "STUDENT --threads -1", "machine.threads is -1")]
    [InlineData(2, "STUDENT --txts a", "did you mean '--texts'?")]
    [InlineData(1, "FOLDER", "config.json is not JSON")]
    public async Task A_wrong_command_line_is_refused_and_nothing_is_written(int code, string rest, string message)
    {
        _folder.Write("config.json", "{");
        string[] words = rest.Replace("STUDENT", Model("student"), StringComparison.Ordinal)
            .Replace("FOLDER", _folder.Path, StringComparison.Ordinal).Split(' ');
        var terminal = new TestTerminal();
        Assert.Equal(code, await terminal.Run(["export", .. words]));
        Assert.Contains(message, terminal.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(terminal.Out.ToString());
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
        Assert.False(File.Exists(Path.Combine(Model("student"), "model.onnx")));
    }

    private string Model(string name) => Path.Combine(run.Result.Folder, name);
}
