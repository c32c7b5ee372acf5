using System.Globalization;
using Retort.Runs;

namespace Retort.Tuning;

/// <summary>What a trial says, in a file of its run: nobody watches it.</summary>
internal sealed class TrialLog(string path, TimeProvider clock) : IProgress<StageProgress>, IDisposable
{
    private readonly StreamWriter _file = new(Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(path)!).FullName, Path.GetFileName(path)), append: true) { AutoFlush = true, NewLine = "\n" };
    private readonly Lock _lock = new();

    public void Report(StageProgress value)
    {
        if (value.Message is null)
            return;
        lock (_lock)
            _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {value.Stage}: {value.Message}"));
    }

    public void Dispose() => _file.Dispose();
}
