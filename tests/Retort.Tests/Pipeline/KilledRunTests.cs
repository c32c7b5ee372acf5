using System.Diagnostics;
using System.Globalization;
using Retort.Cli;
using Retort.Pipeline;
using Retort.Tests.Training;

namespace Retort.Tests.Pipeline;

/// <summary>The command line as a process of its own, killed without warning while it trains.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class KilledRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _recipe;

    public KilledRunTests(FinishedRun run)
    {
        // Each step is a look at dev and so leaves a checkpoint.
        Recipe recipe = run.Recipe with
        {
            Results = "",
            Teacher = run.Recipe.Teacher with { Epochs = 10, Dropout = 0.1, EvaluationsPerEpoch = 8 },
            Distillation = run.Recipe.Distillation with { Epochs = 10, EvaluationsPerEpoch = 8, EmaDecay = 0.9, Seeds = [1] },
        };
        _recipe = _folder.Write("tiny.yaml", recipe.ToYaml(commented: false));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_killed_while_it_teaches_and_again_while_it_distills_ends_as_one_that_was_left_alone()
    {
        await Finish("whole");

        await KillAfter("checkpoints/teach-*", step: 5);
        Assert.False(Directory.Exists(_folder["killed/tiny/teacher"]));
        string resumed = await KillAfter("checkpoints/students-seed-1-*", step: 5);
        Assert.Contains("teach: resuming at step ", resumed, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["killed/tiny/students/seed-1"]));
        Assert.Contains("distill: resuming at step ", await Finish("killed"), StringComparison.Ordinal);

        Assert.False(Directory.Exists(_folder["killed/tiny/checkpoints"]));
        foreach (string model in new[] { "teacher", "students/seed-1", "students/seed-1-without-teacher" })
        {
            Assert.Equal(Weights("whole", model), Weights("killed", model));
            Assert.Equal(Logged("whole", model), Logged("killed", model));
        }
    }

    private byte[] Weights(string runs, string model) =>
        File.ReadAllBytes(_folder[$"{runs}/tiny/{model}/model.safetensors"]);

    /// <summary>Every scalar, as TensorBoard shows it.</summary>
    private string[] Logged(string runs, string model) => [.. TensorBoardFile.ReadFolder(_folder[$"{runs}/tiny/logs/{model}"])
        .SelectMany(one => one.Scalars.Select(scalar => FormattableString.Invariant($"{one.Step} {scalar.Key} {scalar.Value:R}")))];

    /// <summary>Runs to the end.</summary>
    /// <returns>What it said.</returns>
    private async Task<string> Finish(string runs)
    {
        using Process process = Start(runs);
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == ExitCodes.Done, said);
        return said;
    }

    /// <summary>Runs until a checkpoint of a step or a later one stands there, and then no further.</summary>
    /// <returns>What it said till then.</returns>
    private async Task<string> KillAfter(string checkpoints, int step)
    {
        using Process process = Start("killed");
        Task<string> said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (NewestStep(checkpoints) < step)
            Assert.False(process.WaitForExit(TimeSpan.FromMilliseconds(1)), $"it ended before step {step} of {checkpoints}");
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(ExitCodes.Done, process.ExitCode);
        return await said;
    }

    private long NewestStep(string checkpoints)
    {
        string run = _folder["killed/tiny"];
        if (!Directory.Exists(Path.Combine(run, "checkpoints")))
            return 0;
        return Directory.GetDirectories(run, checkpoints)
            .SelectMany(folder => Directory.GetFiles(folder, "checkpoint-*.safetensors"))
            .Select(file => long.Parse(Path.GetFileNameWithoutExtension(file).Split('-')[1], CultureInfo.InvariantCulture))
            .DefaultIfEmpty().Max();
    }

    private Process Start(string runs) => RetortProcess.Start("distill", _recipe, "--offline", "--set", $"runs={_folder[runs]}");
}
