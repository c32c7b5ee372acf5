using Retort.Runs;

namespace Retort.Tests.Teachers.Sources;

/// <summary>Keeps the notes of a job, at once and from any thread.</summary>
internal sealed class Notebook(List<string> notes) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        lock (notes)
        {
            if (value.Message is not null)
                notes.Add(value.Message);
        }
    }
}
