using Retort.Tests.Pipeline;
using Retort.Tests.Teachers;
using Retort.Training;

namespace Retort.Tests.Cli;

/// <summary>What is said to those who give something wrong, and the exit code: 2 the command line or recipe, 1 the job.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class WrongInputTests(FinishedRun run) : IDisposable
{
    private readonly TestTerminal _terminal = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("run none.yaml", "none.yaml", "there is no such file", "retort init")]
    [InlineData("rnu RECIPE", "did you mean 'run'?")]
    [InlineData("run RECIPE --form distill", "unknown option '--form'", "did you mean '--from'?")]
    [InlineData("run ./", "cannot read the recipe './'", "it is a folder")]
    [InlineData("run RECIPE --from distil", "--from is 'distil'", "did you mean distill?")]
    [InlineData("run RECIPE --from", "--from")]
    [InlineData("run RECIPE OTHER", "OTHER")]
    [InlineData("run RECIPE --set distilation.epochs=2", "unknown key 'distilation.epochs'", "did you mean 'distillation.epochs'?")]
    [InlineData("run RECIPE --set data.tran=x", "did you mean 'data.train'?")]
    [InlineData("distill RECIPE --set distillation.temperature=2", "no effect while distillation.soft_label_loss is mse")]
    [InlineData("run RECIPE --set teacher.max_length=99", "teacher.max_length is 99", "24 positions")]
    [InlineData("teach RECIPE --set teacher.layers=3", "teacher.layers is 3", "the encoder has 2")]
    [InlineData("run RECIPE --drop-leaks --allow-leaks", "--allow-leaks")]
    [InlineData("run", "data.train is not set")]
    [InlineData("teach RECIPE --set teacher.metric=agreement", "expected accuracy or macro_f1")]
    [InlineData("distill RECIPE --set student.embeddings=none.txt", "none.txt: there is no such file", "a file of word vectors")]
    [InlineData("label RECIPE --set signals.batch_tokens=5", "signals.batch_tokens is 5", "teacher.max_length")]
    public async Task A_wrong_command_line_or_recipe_has_code_2(string line, params string[] words) => await Refused(2, line, words);

    [Theory]
    [InlineData("runs")]
    [InlineData("name")]
    [InlineData("results")]
    public async Task A_file_in_the_place_of_a_folder_and_a_folder_in_that_of_a_file_are_found_before_the_work(string key)
    {
        string file = _folder.Write("file", "");
        await Refused(2, $"run RECIPE --set {key}={(key == "runs" ? file : key == "name" ? "file" : _folder.Path)}",
            key == "results" ? "which is a folder" : $"{file} is a file");
        Assert.Empty(Directory.GetDirectories(_folder.Path, "teacher", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("run RECIPE --set data.train=none.tsv", "none.tsv")]
    [InlineData("teach RECIPE --set teacher.encoder=./none", "none")]
    public async Task What_is_not_there_is_named(string line, params string[] words)
    {
        int code = await _terminal.Run(Words(line));
        Assert.InRange(code, 1, 2);
        AssertSaid(words);
    }

    [Fact]
    public async Task A_text_of_train_that_stands_in_test_stops_the_run_with_both_lines_and_the_cure()
    {
        string text = File.ReadLines(run.Data("train.tsv")).ElementAt(3);
        string test = _folder.Write("test.tsv", File.ReadAllText(run.Data("test.tsv")) + text + "\n");
        await Refused(1, $"teach RECIPE --set data.test={test}", "train", "test.tsv", "--drop-leaks", "--allow-leaks");
    }

    [Fact]
    public async Task A_leak_with_a_policy_is_counted_and_the_run_goes_on()
    {
        string text = File.ReadLines(run.Data("train.tsv")).ElementAt(3);
        string test = _folder.Write("test.tsv", File.ReadAllText(run.Data("test.tsv")) + text + "\n");
        Assert.Equal(0, await _terminal.Run(Words($"teach RECIPE --drop-leaks --set data.test={test} --set teacher.epochs=1")));
        Assert.Matches("rows of test that stand in train: 1 ", _terminal.Error.ToString());
    }

    [Fact]
    public async Task An_encoder_with_a_pickle_alone_is_refused_with_the_way_to_convert_it()
    {
        string encoder = TinyBert.Write(_folder["pickle"]);
        File.Move(Path.Combine(encoder, "model.safetensors"), Path.Combine(encoder, "pytorch_model.bin"));
        await Refused(2, $"teach RECIPE --set teacher.encoder={encoder}", "pytorch_model.bin", "safetensors");
    }

    [Fact]
    public async Task Cuda_without_cuda_says_what_to_install()
    {
        LibTorch.RequireSupported();
        Assert.SkipWhen(TorchSharp.torch.cuda_is_available(), "this machine has CUDA");
        await Refused(1, "teach RECIPE --device cuda", "CUDA", "TorchSharp-cuda");
    }

    [Fact]
    public async Task A_damaged_manifest_and_a_damaged_signal_are_named()
    {
        string recipe = _folder.Write("copy.yaml", run.CopyTo(_folder).ToYaml(commented: false));
        string shard = Directory.GetFiles(_folder["tiny/signals"], "shard-00000.parquet", SearchOption.AllDirectories).Single();
        File.WriteAllText(shard, "PAR1");
        Assert.Equal(1, await _terminal.Run("label", recipe));
        AssertSaid(shard, "delete it");
        File.WriteAllText(_folder["tiny/manifest.json"], "{");
        Assert.Equal(1, await _terminal.Run("label", recipe));
        AssertSaid("manifest.json is damaged");
    }

    private async Task Refused(int code, string line, params string[] words)
    {
        Assert.Equal(code, await _terminal.Run(Words(line)));
        AssertSaid(words);
        Assert.Empty(_terminal.Out.ToString());
    }

    private string[] Words(string line)
    {
        // The folder of the run is a new one: nothing is done yet.
        string recipe = _folder.Write("r.yaml", (run.Recipe with { Runs = _folder.Path, Results = "" }).ToYaml(commented: false));
        return [.. line.Split(' ').Select(word => word == "RECIPE" ? recipe : word)];
    }

    private void AssertSaid(params string[] words)
    {
        string said = _terminal.Error.ToString();
        Assert.All(words, word => Assert.Contains(word, said, StringComparison.Ordinal));
        Assert.DoesNotContain("bug in Retort", said, StringComparison.Ordinal);
    }
}
