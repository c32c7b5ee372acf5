using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Retort.Data;
using Retort.Data.Formats;
using Retort.Runs;
using Retort.Signals.Files;
using Retort.Teachers;

namespace Retort.Signals;

/// <summary>
/// A program as a teacher. It reads texts from its standard input, a line <c>{"id": 0, "text": "…"}</c> each, and writes
/// a line for each to its standard output, in the same order: <c>{"id": 0, "p": {"good": 0.9, "bad": 0.1}}</c>, or with
/// <c>logits</c>, as a file of signals has them. It ends when its input ends.
/// </summary>
public sealed class CommandLabeller : ILabeller
{
    private const int ErrorLines = 10;

    private readonly string _line;
    private readonly LabelSet _labels;
    private readonly TaskKind _kind;
    private readonly TimeSpan _patience;
    private readonly Queue<string> _errors = [];
    private readonly Channel<string?> _answers = Channel.CreateUnbounded<string?>();
    private Process? _process;
    private long _asked;

    /// <param name="line">The command line, for the system's shell.</param>
    /// <param name="labels">The classes of the data.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    /// <param name="patience">How long an answer may take.</param>
    public CommandLabeller(string line, LabelSet labels, TaskKind kind, TimeSpan patience)
    {
        (_line, _labels, _kind, _patience) = (line, labels, kind, patience);
        IEnumerable<string> files = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Trim('"', '\'')).Where(File.Exists).Select(ContentHash.OfFile);
        Source = SignalSource.OfFile(ContentHash.OfLines([line, .. files]), labels.Names);
    }

    public SignalSource Source { get; }

    public TaskKind? Kind => null;

    public TeacherOutputs Label(string[] texts, Action<int, long>? done, CancellationToken cancellation)
    {
        Process process = _process ??= Start();
        long first = _asked;
        _asked += texts.Length;
        // Written beside the reading: a program that answers at once would else wait for us, and we for it.
        Task writing = Task.Run(() => Write(process, texts, first), cancellation);
        var cells = new JsonCells();
        float[] logits = new float[texts.Length * _labels.Count];
        for (int k = 0; k < texts.Length; k++)
        {
            string answer = Answer(texts[k], cancellation);
            Read(cells, answer, first + k).CopyTo(logits, k * _labels.Count);
            done?.Invoke(1, 0);
        }
        writing.GetAwaiter().GetResult();
        return new TeacherOutputs(logits, []);
    }

    /// <summary>Closes the program's input and gives it a moment to end.</summary>
    public void Dispose()
    {
        if (_process is null)
            return;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private Process Start()
    {
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new("cmd.exe", ["/c", _line]) : new("/bin/sh", ["-c", _line]);
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        (start.StandardInputEncoding, start.StandardOutputEncoding, start.StandardErrorEncoding) = (utf8, utf8, utf8);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => _answers.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        lock (_errors)
        {
            if (line is not null)
                _errors.Enqueue(line);
            if (_errors.Count > ErrorLines)
                _errors.Dequeue();
        }
    }

    private static void Write(Process process, string[] texts, long first)
    {
        try
        {
            for (int k = 0; k < texts.Length; k++)
                process.StandardInput.WriteLine(JsonSerializer.Serialize(new { id = first + k, text = texts[k] }));
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended: the reader says so, with what it wrote to its standard error.
        }
    }

    private string Answer(string text, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        string? answer;
        try
        {
            answer = _answers.Reader.ReadAsync(limit.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            _process!.Kill(entireProcessTree: true);
            throw Failed($"has not answered '{Excerpt.Of(text, 60)}' in {_patience.TotalSeconds:0} s; it was stopped: "
                + "expected a line for each text, written and flushed at once, or a higher signals.command_timeout");
        }
        if (answer is not null)
            return answer;
        _process!.WaitForExit(_patience);
        throw Failed($"ended with exit code {_process.ExitCode} before it answered '{Excerpt.Of(text, 60)}': expected a line for each text");
    }

    private float[] Read(JsonCells cells, string answer, long id)
    {
        string shown = Excerpt.Of(answer, 80);
        string? problem = cells.Read(Encoding.UTF8.GetBytes(answer), id + 1, out CellRow row);
        if (problem is not null)
            throw Failed($"answered '{shown}': {problem}");
        int at = row.Names.ToList().IndexOf("id");
        if (at < 0 || row.Cells[at] != $"{id}")
            throw Failed($"answered '{shown}' to the text with id {id}: expected answers in the order of the texts, each with its id");
        var place = new Place("answer.jsonl", id + 1);
        try
        {
            SignalColumns columns = SignalColumns.Of(place, row.Names, _labels);
            double[] values = columns.Values(place, row, _labels.Count);
            SignalForm form = columns.Form == SignalForm.Unsaid ? SignalForm.Probabilities : columns.Form;
            if (SignalNumbers.Problem(values, form, _kind) is { } wrong)
                throw new RetortException(wrong);
            return SignalNumbers.ToLogits(values, form, _kind);
        }
        catch (RetortException e)
        {
            throw Failed($"answered '{shown}': {e.Message.Replace($"{place}: ", "", StringComparison.Ordinal)}");
        }
    }

    private RetortException Failed(string what)
    {
        string errors;
        lock (_errors)
            errors = _errors.Count == 0 ? "" : $"\nIts standard error ends with:\n{string.Join('\n', _errors)}";
        return new RetortException($"the teacher `{_line}` {what}{errors}");
    }
}
