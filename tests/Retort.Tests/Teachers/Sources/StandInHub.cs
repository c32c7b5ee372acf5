using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Retort.Runtime.Model;
using Retort.Teachers.Sources;

namespace Retort.Tests.Teachers.Sources;

/// <summary>
/// Speaks the hub's endpoints for one model: the listing, small files served by the hub itself with git's SHA-1 as their
/// tag, large ones redirected to another host with the SHA-256 in X-Linked-ETag. A test can step in before it answers.
/// </summary>
internal sealed class StandInHub : IAsyncDisposable
{
    public const string Repository = "org/model";
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly LocalServer _hub;
    private readonly LocalServer _content;
    private readonly string _cache = Directory.CreateTempSubdirectory("retort-").FullName;

    public StandInHub()
    {
        _hub = new LocalServer(request => OnHub(request) ?? AnswerHub(request));
        _content = new LocalServer(request => OnContent(request) ?? AnswerContent(request));
        Files["config.json"] = "{}"u8.ToArray();
        Files["vocab.txt"] = "[PAD]\n[UNK]\n"u8.ToArray();
        Files["model.safetensors"] = Weights(("a", 3000));
        Options = new SourceOptions
        {
            CacheFolder = _cache,
            HubEndpoint = _hub.Address,
            Token = null,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            Attempts = 3,
        };
    }

    public SourceOptions Options { get; set; }

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Answers in place of the hub; null lets it answer.</summary>
    public Func<LocalRequest, LocalReply?> OnHub { get; set; } = _ => null;

    /// <summary>Answers in place of the host of large files; null lets it answer.</summary>
    public Func<LocalRequest, LocalReply?> OnContent { get; set; } = _ => null;

    public LocalRequest[] HubRequests => [.. _hub.Requests];

    public LocalRequest[] ContentRequests => [.. _content.Requests];

    public List<string> Notes { get; } = [];

    public Task<string> ResolveAsync(string source = $"hf:{Repository}") =>
        ModelSource.ResolveAsync(source, Options, new Notebook(Notes), TestContext.Current.CancellationToken);

    public Task<string> ResolveUntilAsync(CancellationToken cancellationToken) =>
        ModelSource.ResolveAsync($"hf:{Repository}", Options, null, cancellationToken);

    public string[] CachedFiles() => Directory.GetFiles(_cache, "*", SearchOption.AllDirectories);

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _content.DisposeAsync();
        Directory.Delete(_cache, recursive: true);
    }

    /// <summary>A safetensors file of F32 tensors of random values.</summary>
    public static byte[] Weights(params (string Name, int Count)[] tensors)
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(
            stream, tensors.Select(t => new TensorDeclaration(t.Name, TensorType.F32, [t.Count])), null);
        var random = new Random(tensors.Sum(t => t.Count));
        foreach ((string name, int count) in tensors)
            writer.WriteSingles(name, [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())]);
        writer.Complete();
        return stream.ToArray();
    }

    private LocalReply AnswerHub(LocalRequest request)
    {
        if (request.Path.StartsWith($"/api/models/{Repository}/revision/", StringComparison.Ordinal))
        {
            return new LocalReply(200, JsonSerializer.SerializeToUtf8Bytes(
                new { sha = Commit, siblings = Files.Keys.Select(name => new { rfilename = name }) }));
        }
        string name = Path.GetFileName(request.Path);
        if (!request.Path.StartsWith($"/{Repository}/resolve/{Commit}/", StringComparison.Ordinal)
            || !Files.TryGetValue(name, out byte[]? body))
        {
            return new LocalReply(404, []);
        }
        return name.EndsWith(".safetensors", StringComparison.Ordinal)
            ? Redirect(name, body)
            : WithRange(request, body, GitSha1(body));
    }

    private LocalReply AnswerContent(LocalRequest request)
    {
        byte[] body = Files[Path.GetFileName(request.Path)];
        return WithRange(request, body, ContentTag(body));
    }

    private LocalReply Redirect(string name, byte[] body) => new(302, [])
    {
        Headers = new()
        {
            ["Location"] = new Uri(_content.Address, $"signed/{name}").AbsoluteUri,
            ["X-Linked-ETag"] = $"\"{Convert.ToHexStringLower(SHA256.HashData(body))}\"",
            ["X-Linked-Size"] = $"{body.Length}",
        },
    };

    public static LocalReply WithRange(LocalRequest request, byte[] body, string tag)
    {
        var headers = new Dictionary<string, string> { ["ETag"] = $"\"{tag}\"" };
        if (request.Header("Range") is not { } range || request.Header("If-Range") != $"\"{tag}\"")
            return new LocalReply(200, body) { Headers = headers };
        int start = int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        if (start >= body.Length)
            return new LocalReply(416, []) { Headers = headers };
        headers["Content-Range"] = $"bytes {start}-{body.Length - 1}/{body.Length}";
        return new LocalReply(206, body[start..]) { Headers = headers };
    }

    /// <summary>The tag of the host of large files: no checksum that anyone else can compute.</summary>
    public static string ContentTag(byte[] body) => $"v{GitSha1(body)[..8]}";

    /// <summary>As <c>git hash-object</c> prints it.</summary>
    public static string GitSha1(byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {body.Length}\0"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
