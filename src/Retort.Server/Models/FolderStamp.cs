using System.Security.Cryptography;
using Retort.Onnx.Cascades;

namespace Retort.Server.Models;

/// <summary>Sizes and times of the files of a model, and the content of the small ones that name the others' hashes, by which a change shows.</summary>
/// <param name="Text">A line a file.</param>
internal sealed record FolderStamp(string Text)
{
    public static FolderStamp Of(ModelSpec spec) =>
        new(string.Join('\n', Files(spec.Folder, "config.json").Concat(spec.Cascade is null ? [] : Files(spec.Cascade, CascadeFile.Name))));

    private static IEnumerable<string> Files(string folder, string described)
    {
        try
        {
            // Links that are turned to another folder are how many deploy: the files behind them count.
            string content = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, described))));
            return [content, .. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file)
                .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
