using Retort.Runs;

namespace Retort.Data.Formats;

/// <summary>Opens data files and knows their formats by extension.</summary>
internal static class DataFile
{
    /// <exception cref="UsageException">The extension is unknown.</exception>
    public static IRowFormat Format(string path, bool labelled) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".tsv" => new TsvFormat(),
        ".csv" => new CsvFormat(),
        ".jsonl" => new JsonlFormat(),
        ".parquet" => new ParquetFormat(),
        ".txt" when !labelled => new PlainTextFormat(),
        ".txt" => throw new UsageException($"{path}: a .txt file holds no labels; expected .tsv, .csv, .jsonl or .parquet."),
        var other => throw new UsageException(
            $"{path}: the format '{other}' is unknown; expected .tsv, .csv, .jsonl, .parquet "
            + "or, for unlabelled texts, .txt."),
    };

    /// <exception cref="UsageException">The file is absent.</exception>
    /// <exception cref="RetortException">The file cannot be opened or is empty.</exception>
    public static FileStream Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 12, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{path}: no such file; paths are relative to {Environment.CurrentDirectory}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RetortException($"{path} cannot be read: {e.Message}", e);
        }
        if (file.Length > 0)
            return file;
        file.Dispose();
        throw new RetortException($"{path} is empty; expected rows with a text and a label.");
    }
}
