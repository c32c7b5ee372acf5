using System.Net;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>
/// Downloads one file of a model. Bytes are kept in NAME.part with the server's tag in NAME.part.etag, so that the next
/// attempt, in this process or another, goes on from there unless the file has changed; NAME itself exists only once its
/// checksum was right.
/// </summary>
internal sealed class HubDownload
{
    private const int MaxMismatches = 2;
    private const long MaxBytes = 1L << 40;
    private const long ReportEvery = 1 << 20;

    private readonly HubClient _client;
    private readonly HubReference _reference;
    private readonly SourceOptions _options;
    private readonly IProgress<StageProgress>? _progress;
    private readonly string _file;
    private readonly string _path;
    private int _mismatches;

    /// <param name="client">Sends the requests.</param>
    /// <param name="reference">The model at its commit.</param>
    /// <param name="file">The file's name in the repository.</param>
    /// <param name="folder">Where it goes.</param>
    /// <param name="options">For messages.</param>
    /// <param name="progress">Bytes.</param>
    /// <param name="target">Its name here, a plain one; null: the same.</param>
    public HubDownload(HubClient client, HubReference reference, string file, string folder, SourceOptions options,
        IProgress<StageProgress>? progress, string? target = null)
    {
        _client = client;
        _reference = reference;
        _file = file;
        _path = Path.Combine(folder, target ?? file);
        _options = options;
        _progress = progress;
    }

    private string PartPath => _path + ".part";

    private string TagPath => _path + ".part.etag";

    /// <summary>Fetches the file unless an earlier attempt has it whole.</summary>
    /// <exception cref="RetortException">It is not there, the attempts are used up, or its checksum is wrong twice.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(_path))
            return;
        _progress?.Report(StageProgress.Note(ModelSource.Stage, $"{_reference.Repository}: {_file}"));
        await _client.RetryAsync($"{_reference}, {_file}", AttemptAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> AttemptAsync(CancellationToken cancellationToken)
    {
        (long Start, string Tag)? resume = ReadPartial();
        Uri address = _client.Address(
            $"{_reference.Repository}/resolve/{Uri.EscapeDataString(_reference.Revision)}/{string.Join('/', _file.Split('/').Select(Uri.EscapeDataString))}");
        using HubResponse response = await _client.SendAsync(address, resume, cancellationToken).ConfigureAwait(false);
        HttpResponseMessage message = response.Message;
        if (message.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            DeletePartial();
            throw new TransientException("the part that is here does not belong to the file") { RetryAfter = TimeSpan.Zero };
        }
        if (!message.IsSuccessStatusCode)
            throw HubError.From(message, _reference, _file, _options);

        bool continues = message.StatusCode == HttpStatusCode.PartialContent
            && message.Content.Headers.ContentRange?.From == resume?.Start;
        long start = continues ? resume!.Value.Start : 0;
        long? total = CheckTotal(response, start);
        // The tag goes to disk before the bytes: bytes without a tag are dropped, never the other way round.
        WriteTag(message, continues);
        await CopyAsync(message, start, total, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(response.Checksum, cancellationToken).ConfigureAwait(false);
        File.Move(PartPath, _path, overwrite: true);
        File.Delete(TagPath);
        return true;
    }

    private (long Start, string Tag)? ReadPartial()
    {
        if (!File.Exists(PartPath) || !File.Exists(TagPath))
            return null;
        long length = new FileInfo(PartPath).Length;
        string tag = File.ReadAllText(TagPath);
        return length > 0 && tag.Length > 2 ? (length, tag) : null;
    }

    private long? CheckTotal(HubResponse response, long start)
    {
        long? total = start + response.Message.Content.Headers.ContentLength;
        if (total is not null && response.Size is not null && total != response.Size)
            throw new TransientException($"{total} bytes are offered, {response.Size} were announced");
        return total <= MaxBytes || total is null
            ? total
            : throw new RetortException($"{_reference}, {_file}: {total} bytes are more than a model has");
    }

    private void WriteTag(HttpResponseMessage message, bool continues)
    {
        if (continues)
            return;
        File.Delete(PartPath);
        if (message.Headers.ETag is { IsWeak: false } tag)
            AtomicFile.WriteText(TagPath, tag.Tag);
        else
            File.Delete(TagPath);
    }

    private async Task CopyAsync(HttpResponseMessage message, long start, long? total, CancellationToken cancellationToken)
    {
        long done = start, reported = start;
        var part = new FileStream(PartPath, FileMode.Append, FileAccess.Write);
        await using (part.ConfigureAwait(false))
        {
            try
            {
                Stream body = await message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                byte[] buffer = new byte[1 << 16];
                for (int read; (read = await _client.ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                {
                    done += read;
                    if (done > (total ?? MaxBytes))
                        throw new RetortException($"{_reference}, {_file}: more bytes come than were announced ({total})");
                    await part.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    if (done - reported >= ReportEvery || done == total)
                        _progress?.Report(new StageProgress(ModelSource.Stage, reported = done, total ?? 0, "bytes"));
                }
            }
            catch (TransientException e) when (done > start)
            {
                throw new TransientException(e.Message, e) { Progressed = true };
            }
            if (total is not null && done < total)
                throw new TransientException($"the connection ended at byte {done} of {total}") { Progressed = done > start };
        }
    }

    private async Task VerifyAsync(Checksum? expected, CancellationToken cancellationToken)
    {
        if (expected is null)
        {
            _progress?.Report(StageProgress.Note(ModelSource.Stage, $"{_file}: the hub names no checksum, none was verified"));
            return;
        }
        string found = await expected.OfFileAsync(PartPath, cancellationToken).ConfigureAwait(false);
        if (found == expected.Hex)
            return;
        DeletePartial();
        string problem = $"its checksum is {found}, expected {expected.Hex}";
        if (++_mismatches >= MaxMismatches)
        {
            throw new RetortException($"{_reference}, {_file}: downloaded {_mismatches} times, {problem}: the hub or "
                + "something on the way serves another content");
        }
        throw new TransientException(problem);
    }

    private void DeletePartial()
    {
        File.Delete(PartPath);
        File.Delete(TagPath);
    }
}
