using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>Where models are looked for and kept.</summary>
public sealed record SourceOptions
{
    /// <summary>The cache: <c>$RETORT_CACHE</c>, else <c>retort</c> in the user's cache folder.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>Use the cache alone.</summary>
    public bool Offline { get; init; }

    /// <summary>The Hugging Face hub or a mirror of it: <c>$HF_ENDPOINT</c>, else https://huggingface.co.</summary>
    public Uri HubEndpoint { get; init; } = DefaultEndpoint();

    /// <summary>Sent to <see cref="HubEndpoint"/> alone: <c>$HF_TOKEN</c>; null: none.</summary>
    public string? Token { get; init; } = NotEmpty("HF_TOKEN");

    /// <summary>How the npm client is called.</summary>
    public string NpmCommand { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>Longest wait for a connection; after it a hub that was never reached counts as unreachable.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for the next bytes of a connection.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts in a row without a byte gained before a download is given up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Wait before the second attempt; it doubles from then on. A server's Retry-After counts instead.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="UsageException">A value is outside its range.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(CacheFolder))
            throw new UsageException("the cache folder is empty: set RETORT_CACHE to a folder");
        if (!HubEndpoint.IsAbsoluteUri || HubEndpoint.Scheme is not ("http" or "https"))
            throw new UsageException($"the hub's address '{HubEndpoint}' (HF_ENDPOINT) is not an http or https address");
        if (string.IsNullOrWhiteSpace(NpmCommand))
            throw new UsageException("the npm command is empty");
        if (Attempts < 1 || ConnectTimeout <= TimeSpan.Zero || StallTimeout <= TimeSpan.Zero || RetryDelay < TimeSpan.Zero)
            throw new UsageException("attempts and timeouts of downloads must be positive");
    }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() =>
        $"cache {CacheFolder}, hub {HubEndpoint}{(Offline ? ", offline" : "")}{(Token is null ? "" : ", with a token")}";

    private static string DefaultCacheFolder()
    {
        if (NotEmpty("RETORT_CACHE") is { } moved)
            return moved;
        string user = NotEmpty("XDG_CACHE_HOME") ?? (OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"));
        return Path.Combine(user, "retort");
    }

    private static Uri DefaultEndpoint()
    {
        string address = NotEmpty("HF_ENDPOINT") ?? "https://huggingface.co";
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new UsageException($"HF_ENDPOINT is '{address}', expected an address such as https://huggingface.co");
    }

    private static string? NotEmpty(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
