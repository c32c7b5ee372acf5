namespace Retort.Runs;

/// <summary>Files that are gone when they are closed.</summary>
internal static class TemporaryFile
{
    /// <summary>Opens one for writing and reading.</summary>
    /// <param name="folder">Where it stands; made if it is not there.</param>
    /// <param name="bytes">Bytes that are set aside for it: a disk that is full says so here.</param>
    public static FileStream Open(string folder, long bytes = 0)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"{Guid.NewGuid():N}.tmp");
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            BufferSize = 1 << 14,
            PreallocationSize = bytes,
        });
        // Where the system allows it, the name goes at once: a process that is killed leaves nothing behind.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
