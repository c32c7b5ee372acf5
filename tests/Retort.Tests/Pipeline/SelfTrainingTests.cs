using Retort.Pipeline;
using Retort.Runs;
using Retort.Tests.Distillation;
using Retort.Transfer;
using Retort.Transfer.SelfTraining;

namespace Retort.Tests.Pipeline;

[Collection(FinishedRunTests.Name)]
public sealed class SelfTrainingTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rounds_go_on_while_they_help_and_the_best_becomes_the_teacher()
    {
        Recipe recipe = Recipe(rounds: 3);
        RunResult result = FinishedRun.Run(recipe, Stage.Distill, messages: _messages);
        Manifest manifest = Manifest.Load(result.Folder);
        int[] rounds = [.. Directory.GetDirectories(Path.Combine(result.Folder, "rounds")).Select(path => int.Parse(Path.GetFileName(path)!, System.Globalization.CultureInfo.InvariantCulture)).Order()];
        Assert.True(rounds.Length >= 2);
        double[] dev = [.. rounds.Select(round => System.Text.Json.JsonSerializer.Deserialize<Retort.Training.TrainingResult>(manifest.Stages[$"rounds/{round}"].Result, JsonForm.Indented)!.Best.Accuracy)];
        // Each round but the last was better than the one before; the last is the best or ended it.
        for (int k = 1; k < dev.Length - 1; k++)
            Assert.True(dev[k] > dev[k - 1]);
        int best = Array.IndexOf(dev, dev.Max());
        Assert.Equal(dev.Max(), result.Teacher!.Best.Accuracy);
        Assert.Equal(File.ReadAllBytes(Path.Combine(result.Folder, $"rounds/{best}/model.safetensors")), File.ReadAllBytes(Path.Combine(result.Folder, "teacher/model.safetensors")));
        Assert.Contains(_messages, message => message.StartsWith("round 1 of self-training: ", StringComparison.Ordinal) && message.Contains("unlabelled texts are added to train (bad ", StringComparison.Ordinal));
        _messages.Clear();
        FinishedRun.Run(recipe, Stage.Distill, messages: _messages);
        Assert.DoesNotContain(_messages, message => message.Contains(" runs", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_threshold_leaves_the_first_round_as_it_is()
    {
        FinishedRun.Run(Recipe(rounds: 1), Stage.Teach);
        Recipe recipe = Recipe(rounds: 1);
        FinishedRun.Run(recipe with { SelfTraining = recipe.SelfTraining with { Confidence = 0.5 } }, Stage.Teach, messages: _messages);
        Assert.Contains("rounds/0 is up to date", _messages);
        Assert.Contains("rounds/1 runs: self_training changed", _messages);
    }

    [Theory]
    [InlineData("self_training: {rounds: 1}\n", "r.yaml:1: self_training.rounds is 1, and transfer.unlabelled is empty")]
    [InlineData("self_training: {rounds: 1}\nteacher: {sources: own}\ntransfer: {unlabelled: a.tsv}\n", "teacher.sources does not name fine_tuned")]
    [InlineData("self_training: {rounds: 1}\ntransfer: {unlabelled: a.tsv}\ndata: {label_separator: '|'}\n", "the task is multi-label")]
    [InlineData("self_training: {texts: 10}\n", "r.yaml:1: self_training.texts has no effect while self_training.rounds is 0")]
    [InlineData("self_training: {rounds: -1}\n", "self_training.rounds is -1: expected a number of at least 0")]
    [InlineData("self_training: {rounds: 1, confidence: 1}\n", "self_training.confidence is 1: expected a number from 0 to below 1")]
    public void What_does_not_go_together_is_refused(string yaml, string message)
    {
        var error = Assert.Throws<UsageException>(() => Retort.Pipeline.Recipe.Parse(yaml, "r.yaml"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private Recipe Recipe(int rounds)
    {
        string few = _folder.Write("few.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 8).Select(k => $"{ToyCorpus.Text(k)}\t{ToyCorpus.Labels[ToyCorpus.Class(k)]}\n")));
        // As many as differ from dev and test.
        string more = _folder.Write("more.tsv", "text\n" + string.Concat(Enumerable.Range(8, 52).Concat(Enumerable.Range(114, 11)).Select(k => ToyCorpus.Text(k) + " .\n")));
        return run.Recipe with
        {
            Name = "few",
            Runs = _folder.Path,
            Results = "",
            Data = run.Recipe.Data with { Train = few },
            Teacher = run.Recipe.Teacher with { Epochs = 4 },
            Transfer = new TransferOptions { Unlabelled = [more], NearDuplicates = 1 },
            SelfTraining = new SelfTrainingOptions { Rounds = rounds, Texts = 20, Confidence = 0.3 },
            Distillation = run.Recipe.Distillation with { Seeds = [1] },
        };
    }
}
