using System.Runtime.InteropServices;
using Retort.Runs;

namespace Retort.Pipeline;

/// <summary>Finds the reference packs of the .NET SDK, whose API documentation is the demo's text.</summary>
internal static class DotnetPacks
{
    // Not Microsoft.WindowsDesktop.App.Ref, which only Windows has: the corpus should not depend on the system.
    private static readonly string[] Packs = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    /// <summary>The folders where .NET may be installed, the likeliest first.</summary>
    public static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } set)
            yield return set;
        // shared/Microsoft.NETCore.App/10.0.0 of the running runtime, unless it is part of a self-contained program.
        yield return Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string muxer = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries);
        foreach (string path in folders.Select(folder => Path.Combine(folder, muxer)).Prepend(Environment.ProcessPath ?? ""))
        {
            if (Path.GetFileName(path) == muxer && File.Exists(path))
                yield return Path.GetDirectoryName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path)!;
        }
    }

    /// <summary>
    /// The folders of documentation files of the newest version of each pack, <c>…/10.0.0/ref/net10.0</c>. Their
    /// subfolders, which hold translations, are not included.
    /// </summary>
    /// <exception cref="RetortException">No root has the packs; the message says where was looked.</exception>
    public static string[] DocumentationFolders(IEnumerable<string> roots)
    {
        var looked = new List<string>();
        foreach (string root in roots.Distinct())
        {
            string[] found = Packs.Select(pack => Newest(Path.Combine(root, "packs", pack))).OfType<string>().ToArray();
            if (found.Length == Packs.Length)
                return found;
            looked.Add(Path.Combine(root, "packs"));
        }
        throw new RetortException($"The demo's corpus is made from the API documentation of a .NET SDK, and none has "
            + $"{string.Join(" and ", Packs)}: looked in {string.Join(", ", looked)}. Install the .NET SDK (10.0), or set "
            + "DOTNET_ROOT to its folder; a runtime alone does not bring these packs.");
    }

    private static string? Newest(string pack)
    {
        if (!Directory.Exists(pack))
            return null;
        return Directory.EnumerateDirectories(pack)
            .Where(folder => Version.TryParse(Path.GetFileName(folder).Split('-')[0], out _))
            .OrderByDescending(folder => Version.Parse(Path.GetFileName(folder).Split('-')[0]))
            .ThenByDescending(folder => folder, StringComparer.Ordinal)
            .Select(folder => Path.Combine(folder, "ref"))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder, "net*").Order(StringComparer.Ordinal))
            .FirstOrDefault(folder => Directory.EnumerateFiles(folder, "*.xml").Any());
    }
}
