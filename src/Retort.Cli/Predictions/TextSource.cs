using Retort.Runs;

namespace Retort.Cli.Predictions;

/// <summary>Where the texts of <c>retort predict</c> come from: its arguments, a file, or standard input.</summary>
internal static class TextSource
{
    /// <exception cref="UsageException">Both arguments and a file are given, or the file is not there.</exception>
    public static IEnumerable<string> Open(IReadOnlyList<string> texts, string? file, Terminal terminal)
    {
        if (texts.Count > 0 && file is not null)
            throw new UsageException("texts stand on the command line and --file names a file: expected one of the two");
        if (texts.Count > 0)
            return texts;
        if (file is null)
            return LineReader.Read(terminal.In, "standard input");
        if (!File.Exists(file))
            throw new UsageException($"--file: there is no file '{file}'");
        return ReadFile(file);
    }

    private static IEnumerable<string> ReadFile(string file)
    {
        using FileStream stream = File.OpenRead(file);
        foreach (string line in LineReader.Read(stream, file))
            yield return line;
    }
}
