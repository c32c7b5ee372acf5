using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers.Sources;

namespace Retort.Tests.Pipeline;

/// <summary>Two runs that want the same folder.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class RunLockTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_waits_for_another_in_the_same_folder()
    {
        Recipe recipe = run.CopyTo(_folder);
        var waits = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<RunResult> second;
        using (FolderLock.Take(recipe.RunFolder(), null, "run", TestContext.Current.CancellationToken))
        {
            second = Task.Run(() => RunPipeline.Run(recipe, new SourceOptions { Offline = true }, Stage.Label,
                progress: new Watcher(report => waits.TrySetResult(report.Message ?? "")), cancellation: TestContext.Current.CancellationToken));
            Assert.Equal($"waits: another process works in {recipe.RunFolder()}", await waits.Task.WaitAsync(TestContext.Current.CancellationToken));
            Assert.False(second.IsCompleted);
        }
        Assert.Equal(114, (await second).Labelling!.Texts);
    }
}
