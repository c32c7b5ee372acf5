using System.Formats.Tar;
using System.IO.Compression;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>
/// Reads a package's .tgz. Names in the archive are compared and never become paths: what is wanted is written under
/// names of ours.
/// </summary>
internal static class PackageArchive
{
    private const int MaxEntries = 100_000;
    private const long MaxBytes = 64L << 30;

    /// <summary>The names of all files.</summary>
    /// <exception cref="RetortException">The archive is damaged, holds a link, reaches outside, or is too large.</exception>
    public static IReadOnlyList<string> List(string path, string what)
    {
        var names = new List<string>();
        long bytes = 0;
        foreach (TarEntry entry in Entries(path, what))
        {
            Check(entry, what);
            bytes += entry.Length;
            if (names.Count == MaxEntries || bytes > MaxBytes)
                throw new RetortException($"{what}: the archive has over {MaxEntries} files or {MaxBytes} bytes");
            if (entry.EntryType != TarEntryType.Directory)
                names.Add(entry.Name);
        }
        return names;
    }

    /// <summary>Writes some of the files.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="files">Name in the archive → plain file name.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    public static void Extract(
        string path, IReadOnlyDictionary<string, string> files, string folder, CancellationToken cancellationToken)
    {
        foreach (TarEntry entry in Entries(path, path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!files.TryGetValue(entry.Name, out string? name) || entry.DataStream is null)
                continue;
            // Not ExtractToFile: it would take over the permissions that the archive names.
            using FileStream target = File.Create(Path.Combine(folder, name));
            Read(path, () => { entry.DataStream.CopyTo(target); return true; });
        }
    }

    private static IEnumerable<TarEntry> Entries(string path, string what)
    {
        using FileStream file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new TarReader(gzip);
        while (Read(what, () => reader.GetNextEntry()) is { } entry)
            yield return entry;
    }

    private static T Read<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new RetortException($"{what}: the package's archive is damaged: {e.Message}", e);
        }
    }

    private static void Check(TarEntry entry, string what)
    {
        bool plain = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.Directory
            or TarEntryType.GlobalExtendedAttributes;
        if (!plain)
            throw new RetortException($"{what}: '{entry.Name}' in the package is a {entry.EntryType}, expected plain files");
        if (entry.Name.StartsWith('/') || entry.Name.Contains('\\', StringComparison.Ordinal)
            || entry.Name.Split('/').Contains(".."))
        {
            throw new RetortException($"{what}: '{entry.Name}' in the package reaches outside its folder");
        }
    }
}
