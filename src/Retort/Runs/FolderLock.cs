namespace Retort.Runs;

/// <summary>What one process at a time works in. The system lets go of it when the process ends, however it ends.</summary>
internal static class FolderLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes a folder, once no other process has it.</summary>
    /// <param name="folder">Need not be there; nothing is written to it: an empty file in the system's folder of temporary files stands for it.</param>
    /// <param name="progress">Told once that another has it; null: nobody.</param>
    /// <param name="stage">Which stage waits.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>To be disposed of when the work is done.</returns>
    public static FileStream Take(string folder, IProgress<StageProgress>? progress, string stage, CancellationToken cancellation)
    {
        string path = Path.Combine(Path.GetTempPath(), $"retort-{ContentHash.OfText(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder)))[..32]}.lock");
        return TakeFileAsync(path, () => progress?.Report(StageProgress.Note(stage, $"waits: another process works in {folder}")), cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Takes a file, once no other process has it.</summary>
    /// <param name="path">Made where it is not there, in a folder that is.</param>
    /// <param name="waits">Called once where another has it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>To be disposed of when the work is done.</returns>
    public static async Task<FileStream> TakeFileAsync(string path, Action waits, CancellationToken cancellation)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            // Another kind of failure, such as a folder that cannot be written to, comes again without end.
            catch (IOException) when (File.Exists(path))
            {
                if (!told)
                    waits();
                await Task.Delay(Pause, cancellation).ConfigureAwait(false);
            }
        }
    }
}
