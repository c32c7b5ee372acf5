using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>
/// A folder of the cache, which is there whole or not at all: it is filled beside its place and then renamed. A lock file
/// lets one process fill it while others wait; it is left behind, as deleting it would let two in.
/// </summary>
internal static class CachedFolder
{
    /// <summary>A path below the cache; a part's slashes become dashes so that each part is one folder.</summary>
    public static string PathOf(SourceOptions options, params string[] parts) =>
        Path.GetFullPath(Path.Combine(
            [options.CacheFolder, "models", .. parts.Select(part => part.Replace("/", "--", StringComparison.Ordinal))]));

    /// <summary>Fills a folder unless another process has done so by the time that the lock is ours.</summary>
    /// <param name="folder">Its final path.</param>
    /// <param name="fill">Given the folder to fill, which holds what an interrupted attempt left.</param>
    /// <param name="progress">Told when another process has the lock.</param>
    /// <param name="cancellationToken">Stops waiting and filling.</param>
    public static async Task FillAsync(
        string folder, Func<string, Task> fill, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        CreateFolder(Path.GetDirectoryName(folder)!);
        string path = folder + ".lock";
        using FileStream ours = await FolderLock.TakeFileAsync(
            path, () => progress?.Report(StageProgress.Note(ModelSource.Stage, $"waiting for another process that holds {path}")), cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(folder))
            return;
        string partial = folder + ".partial";
        Directory.CreateDirectory(partial);
        try
        {
            await fill(partial).ConfigureAwait(false);
            Directory.Move(partial, folder);
        }
        finally
        {
            if (Directory.Exists(partial) && !Directory.EnumerateFileSystemEntries(partial).Any())
                Directory.Delete(partial);
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetortException($"the cache {folder} cannot be written: {e.Message} (RETORT_CACHE moves it)", e);
        }
    }
}
