using System.Diagnostics;
using Retort.Cli;
using Retort.Pipeline;
using Retort.Tests.Pipeline;
using Retort.Tuning;
using Retort.Tuning.Store;

namespace Retort.Tests.Tuning;

/// <summary>Studies whose process is killed without warning, and such that several processes work on.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class KilledStudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe, _study;

    public KilledStudyTests(FinishedRun run)
    {
        Recipe copy = run.CopyTo(_folder);
        _recipe = _folder.Write("tiny.yaml", (copy with { Distillation = copy.Distillation with { Epochs = 40, EvaluationsPerEpoch = 8, Seeds = [1] } }).ToYaml(commented: false));
        _study = _folder["tiny/tuning"];
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_study_that_was_killed_ends_as_one_that_was_left_alone()
    {
        string whole = await Finish(Tune("--study", _folder["whole"]));
        using (Process process = Tune())
        {
            await WaitUntil(process, trials => trials.Count(trial => trial.State == TrialState.Done) == 1 && trials.Any(trial => trial.State == TrialState.Running));
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Contains(Trials(_study), trial => trial.State is TrialState.Waiting or TrialState.Running);
        Assert.Equal(whole, await Finish(Tune()));
        Assert.All(Scores(_folder["whole"]).Zip(Scores(_study)), pair => Assert.Equal(pair.First, pair.Second, Tolerances.LossOfOtherProcess));
        Assert.All(Trials(_study), trial => Assert.Equal(TrialState.Done, trial.State));
    }

    [Fact]
    public async Task Two_processes_that_have_joined_do_each_trial_once()
    {
        using Process first = Tune();
        await WaitUntil(first, trials => trials.Count > 0);
        using Process second = RetortProcess.Start("tune", "--join", _study, "--workers", "1");
        string[] said = await Task.WhenAll(Finish(first), Finish(second));
        Assert.Equal(said[0], said[1]);
        string[] logs = Directory.GetFiles(_study, "log.txt", SearchOption.AllDirectories);
        Assert.Equal(Trials(_study).Count, logs.Length);
        // Each was begun once, and the student of each trained once.
        Assert.All(logs, log => Assert.Single(File.ReadLines(log), line => line.Contains(" runs: it has not been run yet", StringComparison.Ordinal) && line.Contains("students/", StringComparison.Ordinal)));
    }

    private Process Tune(params string[] more) =>
        RetortProcess.Start(["tune", _recipe, "--offline", "--vary", "student.filters=3,4,5", "--finalists", "1", "--finalist-seeds", "1", "--workers", "1", .. more]);

    private static async Task<string> Finish(Process process)
    {
        Task<string> said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string result = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == ExitCodes.Done, await said);
        // Without the two lines that name files.
        return string.Join('\n', result.Split('\n').Where(line => !line.StartsWith("The winner's recipe: ", StringComparison.Ordinal) && !line.StartsWith("The study: ", StringComparison.Ordinal)));
    }

    private async Task WaitUntil(Process process, Func<IReadOnlyList<Trial>, bool> holds)
    {
        while (!holds(Trials(_study)))
        {
            Assert.False(process.HasExited, process.HasExited ? await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken) : "");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static IReadOnlyList<Trial> Trials(string study)
    {
        using StudyStore? store = StudyStore.Open(study);
        return store?.Trials() ?? [];
    }

    private static double[] Scores(string study) => [.. Trials(study).OrderBy(trial => (trial.Configuration, trial.Seed)).Select(trial => trial.Figures!.Loss)];
}
