namespace Retort.Teachers.Sources;

/// <summary>The last response after redirects, with what the hub said on the way.</summary>
/// <param name="Message">The response whose body is read.</param>
/// <param name="Checksum">Of the whole file, or null where the hub names none.</param>
/// <param name="Size">Bytes of the whole file by X-Linked-Size, or null.</param>
internal sealed record HubResponse(HttpResponseMessage Message, Checksum? Checksum, long? Size) : IDisposable
{
    public void Dispose() => Message.Dispose();
}
