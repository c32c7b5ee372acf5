namespace Retort.Server.Models;

/// <summary>Sizes and times of the files of a model, by which a change shows.</summary>
/// <param name="Text">A line a file.</param>
internal sealed record FolderStamp(string Text)
{
    public static FolderStamp Of(ModelSpec spec) =>
        new(string.Join('\n', Files(spec.Folder).Concat(spec.Cascade is null ? [] : Files(spec.Cascade).Concat(Files(Path.Combine(spec.Cascade, "teacher"))))));

    private static IEnumerable<string> Files(string folder)
    {
        try
        {
            // Links that are turned to another folder are how many deploy: the files behind them count.
            return [.. new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file)
                .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
