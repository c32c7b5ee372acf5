using System.Text;
using Retort.Runs;
using Sylvan.Data.Csv;

namespace Retort.Evaluation;

/// <summary>
/// Finished runs, a line each, in a CSV file that only grows: <c>docs/results/TASK.csv</c>. Several processes may
/// append at once.
/// </summary>
public sealed class ResultsLog
{
    private const long LargestFile = 64 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private ResultsLog(string path) => Path = path;

    public string Path { get; }

    /// <summary>
    /// The log in a file, which may not exist yet. Open it before a long job: a file that could not be appended to is
    /// found out now.
    /// </summary>
    /// <exception cref="UsageException">It is a folder.</exception>
    /// <exception cref="RetortException">The file has other columns, ends within a line, or is no results file.</exception>
    public static ResultsLog Open(string path)
    {
        if (Directory.Exists(path))
            throw new UsageException($"results is {path}, which is a folder: expected a CSV file, which may be a new one");
        var log = new ResultsLog(path);
        if (File.Exists(path))
        {
            using FileStream stream = log.Lock(FileAccess.Read);
            log.CheckShape(stream);
        }
        return log;
    }

    /// <summary>Appends a whole line under a lock, with the header where the file is new, and flushes it to disk.</summary>
    /// <exception cref="RetortException">As for <see cref="Open"/>, or another process held the file for 30 seconds.</exception>
    public void Append(ResultsLine line)
    {
        string text = ResultsCells.Format(line) + "\n";
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        using FileStream stream = Lock(FileAccess.ReadWrite);
        if (stream.Length == 0)
            text = ResultsCells.Header + "\n" + text;
        else
            CheckShape(stream);
        stream.Seek(0, SeekOrigin.End);
        stream.Write(Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Every line, oldest first; none where there is no file yet.</summary>
    /// <exception cref="RetortException">As for <see cref="Open"/>, or a cell is not of its column's form.</exception>
    public IReadOnlyList<ResultsLine> Read()
    {
        if (!File.Exists(Path))
            return [];
        using FileStream stream = Lock(FileAccess.Read);
        CheckShape(stream);
        stream.Seek(0, SeekOrigin.Begin);
        using CsvDataReader reader = CsvDataReader.Create(new StreamReader(stream),
            new CsvDataReaderOptions { Delimiter = ',' });
        var lines = new List<ResultsLine>();
        while (reader.Read())
            lines.Add(Parse(reader));
        return lines;
    }

    private ResultsLine Parse(CsvDataReader reader)
    {
        int expected = ResultsCells.Names.Count;
        try
        {
            if (reader.RowFieldCount != expected)
                throw new FormatException($"there are {reader.RowFieldCount} cells, expected {expected}");
            return ResultsCells.Parse(Enumerable.Range(0, expected).Select(reader.GetString).ToArray());
        }
        catch (FormatException error)
        {
            throw new RetortException($"{Path}, row {reader.RowNumber}: {error.Message}. "
                + "Take the row from version control again, or delete it.", error);
        }
    }

    private void CheckShape(FileStream stream)
    {
        if (stream.Length > LargestFile)
            throw new RetortException($"{Path} has {stream.Length} bytes, too many for a results file; move it away");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        int end = Array.IndexOf(content, (byte)'\n');
        string header = Encoding.UTF8.GetString(content, 0, Math.Max(0, end)).TrimEnd('\r');
        if (header != ResultsCells.Header)
            throw new RetortException($"{Path} has other columns than a results file of this version.\n  found: {Shorten(header)}"
                + $"\n  expected: {ResultsCells.Header}\nMove it away; a new one is started.");
        if (content[^1] != '\n')
            throw new RetortException($"{Path} ends within a line: a write was cut short. Complete or delete its last line.");
    }

    private static string Shorten(string header) => header.Length <= 200 ? header : header[..200] + "…";

    // FileShare.None is a lock between processes: advisory on Unix, which suffices among ourselves.
    private FileStream Lock(FileAccess access)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Path, access == FileAccess.Read ? FileMode.Open : FileMode.OpenOrCreate, access, FileShare.None);
            }
            catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
            {
                if (TimeProvider.System.GetElapsedTime(start) > LongestWait)
                    throw new RetortException($"{Path} could not be locked for {LongestWait.TotalSeconds} seconds "
                        + $"({error.Message}); close the program that holds it", error);
                Thread.Sleep(Pause);
            }
        }
    }
}
