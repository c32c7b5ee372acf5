using System.Text.Json;
using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>What the hub's API says of a revision.</summary>
/// <param name="Commit">The commit that it stands for now.</param>
/// <param name="Files">Names of all files, with folders.</param>
internal sealed record HubListing(string Commit, IReadOnlySet<string> Files)
{
    private const int MaxBytes = 16 << 20;

    /// <exception cref="RetortException">The model cannot be had, or the answer is not a listing.</exception>
    public static Task<HubListing> FetchAsync(
        HubClient client, HubReference reference, SourceOptions options, CancellationToken cancellationToken) =>
        client.RetryAsync(reference.ToString(), async token =>
        {
            Uri address = client.Address(
                $"api/models/{reference.Repository}/revision/{Uri.EscapeDataString(reference.Revision)}");
            using HubResponse response = await client.SendAsync(address, null, token).ConfigureAwait(false);
            if (!response.Message.IsSuccessStatusCode)
                throw HubError.From(response.Message, reference, null, options);
            return Parse(await ReadAsync(client, response.Message, token).ConfigureAwait(false), address);
        }, cancellationToken);

    private static async Task<MemoryStream> ReadAsync(
        HubClient client, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        Stream body = await message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var content = new MemoryStream();
        byte[] buffer = new byte[1 << 14];
        for (int read; (read = await client.ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (content.Length + read > MaxBytes)
                throw new RetortException($"{message.RequestMessage?.RequestUri}: a listing of over {MaxBytes} bytes");
            content.Write(buffer, 0, read);
        }
        content.Position = 0;
        return content;
    }

    private static HubListing Parse(MemoryStream content, Uri address)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(content);
            string commit = json.RootElement.GetProperty("sha").GetString() ?? "";
            if (!HubReference.IsCommitHash(commit))
                throw new RetortException($"{address}: '{commit}' is not a commit");
            return new HubListing(commit, json.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => file.GetProperty("rfilename").GetString() ?? "").ToHashSet(StringComparer.Ordinal));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new RetortException($"{address}: the answer is not the hub's ({e.Message}); is HF_ENDPOINT right?", e);
        }
    }
}
