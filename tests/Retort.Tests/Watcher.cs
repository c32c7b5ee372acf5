using Retort.Runs;

namespace Retort.Tests;

/// <summary>Hands each report on at once, on the thread of the job: Progress&lt;T&gt; would post it.</summary>
internal sealed class Watcher(Action<StageProgress> see) : IProgress<StageProgress>
{
    public void Report(StageProgress value) => see(value);
}
