using Retort.Runs;
using Retort.Teachers.Text;

namespace Retort.Teachers.Sources;

/// <summary>A model from the hub, cached by commit.</summary>
internal static class HubModel
{
    private const string Kind = "hf";

    /// <summary>The folder of a model, downloaded where the cache lacks it.</summary>
    public static async Task<string> ResolveAsync(
        HubReference reference, SourceOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (FindCached(reference, options) is { } cached)
            return cached;
        if (options.Offline)
        {
            throw new RetortException($"{reference} is not in the cache {options.CacheFolder}, and offline is set: run once "
                + "without it, or bring the model's folder and name that");
        }
        using var client = new HubClient(options, progress);
        HubListing listing;
        try
        {
            listing = await HubListing.FetchAsync(client, reference, options, cancellationToken).ConfigureAwait(false);
        }
        catch (HubUnreachableException e)
        {
            throw new HubUnreachableException($"{reference}: {e.Message}: check the network or the proxy (HTTPS_PROXY), set "
                + "HF_ENDPOINT to a mirror, or bring the model's folder and name that", e);
        }
        var commit = new HubReference(reference.Repository, listing.Commit);
        string folder = FolderOf(commit, options);
        await CachedFolder.FillAsync(folder, partial =>
            FillAsync(client, commit, listing, partial, options, progress, cancellationToken), progress, cancellationToken)
            .ConfigureAwait(false);
        if (!reference.IsCommit)
            AtomicFile.WriteText(PointerOf(reference, options), listing.Commit);
        return folder;
    }

    /// <summary>The folder where it is in the cache, or null.</summary>
    public static string? FindCached(HubReference reference, SourceOptions options)
    {
        string commit = reference.Revision;
        if (!reference.IsCommit)
        {
            string pointer = PointerOf(reference, options);
            commit = File.Exists(pointer) ? File.ReadAllText(pointer) : "";
        }
        if (!HubReference.IsCommitHash(commit))
            return null;
        string folder = FolderOf(reference with { Revision = commit }, options);
        return Directory.Exists(folder) ? folder : null;
    }

    private static string FolderOf(HubReference commit, SourceOptions options) =>
        CachedFolder.PathOf(options, Kind, commit.Repository, commit.Revision);

    /// <summary>A file with the commit that a branch or tag stood for.</summary>
    private static string PointerOf(HubReference reference, SourceOptions options) =>
        CachedFolder.PathOf(options, Kind, reference.Repository, "refs", reference.Revision);

    private static async Task FillAsync(HubClient client, HubReference commit, HubListing listing, string folder,
        SourceOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (!listing.Files.Contains(WeightIndex.SingleFile) && !listing.Files.Contains(WeightIndex.FileName)
            && OnnxLayout.Find(commit.ToString(), [.. listing.Files]) is { } onnx)
        {
            foreach ((string file, string target) in onnx)
                await new HubDownload(client, commit, file, folder, options, progress, target).RunAsync(cancellationToken).ConfigureAwait(false);
            VocabularyFile.Complete(folder);
            return;
        }
        RequireModel(commit, listing);
        foreach (string file in TextTokenizer.Files.Where(listing.Files.Contains).Prepend("config.json"))
            await DownloadAsync(file).ConfigureAwait(false);
        VocabularyFile.Complete(folder);
        if (listing.Files.Contains(WeightIndex.SingleFile))
        {
            await DownloadAsync(WeightIndex.SingleFile).ConfigureAwait(false);
            return;
        }
        await DownloadAsync(WeightIndex.FileName).ConfigureAwait(false);
        foreach (string shard in WeightIndex.Load(Path.Combine(folder, WeightIndex.FileName)).Shards)
            await DownloadAsync(shard).ConfigureAwait(false);

        Task DownloadAsync(string file) =>
            new HubDownload(client, commit, file, folder, options, progress).RunAsync(cancellationToken);
    }

    private static void RequireModel(HubReference commit, HubListing listing)
    {
        if (!listing.Files.Contains("config.json"))
            throw new UsageException($"{commit} has no config.json: it is not a model for this");
        if (!TextTokenizer.IsAmong(listing.Files))
            throw new UsageException($"{commit} has no tokenizer: expected {TextTokenizer.Expected}");
        if (!listing.Files.Contains(WeightIndex.SingleFile) && !listing.Files.Contains(WeightIndex.FileName))
        {
            throw new UsageException($"{commit} has no {WeightIndex.SingleFile}, and pickled weights are not read: name a "
                + $"revision that has it (the hub's conversion robot offers some as {HubReference.Scheme}"
                + $"{commit.Repository}@refs/pr/N), or convert the model and name its folder");
        }
    }
}
