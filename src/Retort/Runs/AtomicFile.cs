namespace Retort.Runs;

/// <summary>Writes files so that a reader sees the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>What a file cannot be written over, told before the work that is to fill it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="example">A name that it could have.</param>
    /// <exception cref="UsageException">It has no name, or is a folder.</exception>
    public static void RequireName(string path, string example)
    {
        if (path.Length == 0 || Directory.Exists(path))
            throw new UsageException($"'{path}' is {(path.Length == 0 ? "no name" : "a folder")}: expected the name of a file, such as {example}");
    }

    /// <summary>Writes through a temporary file in the same folder, flushed to disk and then renamed over the target.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="accept">Looks at the finished temporary file; where it throws, the target stays as it was.</param>
    public static void Write(string path, Action<Stream> write, Action<string>? accept = null)
    {
        string target = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            accept?.Invoke(temporary);
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Copies a file.</summary>
    public static void Copy(string source, string path) => Write(path, stream =>
    {
        using FileStream file = File.OpenRead(source);
        file.CopyTo(stream);
    });

    /// <summary>Writes a text, unless that is what stands there; whether it was written.</summary>
    public static bool Renew(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path) == text)
            return false;
        WriteText(path, text);
        return true;
    }

    /// <summary>Writes UTF-8 text without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
