using System.Security.Cryptography;
using System.Text;

namespace Retort.Server.Security;

/// <summary>
/// The keys that open the server, from a file, one a line (# begins a comment), and from the environment. The file is read again when its content changes. Only hashes are kept, and all of them are
/// compared in constant time. Thread-safe.
/// </summary>
internal sealed partial class ApiKeys
{
    private const int Shortest = 16, Longest = 512;

    private readonly string? _file;
    private readonly byte[][] _fixed;
    private readonly ILogger<ApiKeys> _log;
    private byte[] _content = [];
    private volatile byte[][] _hashes = [];

    /// <exception cref="ServerOptionException">The file cannot be read, or a key is too short.</exception>
    public ApiKeys(ServerOptions options, ILogger<ApiKeys> log)
    {
        (_file, _log) = (options.ApiKeyFile, log);
        _fixed = [.. options.ApiKeys.Select(key => Hash(Checked(key, "RETORT_API_KEYS")))];
        _hashes = _fixed;
        if (_file is null)
            return;
        try
        {
            _content = File.ReadAllBytes(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerOptionException($"the file of API keys cannot be read: {e.Message}", e);
        }
        _hashes = [.. _fixed, .. Parse(_content, _file)];
    }

    /// <summary>Whether a key is needed at all.</summary>
    public bool AreNeeded => _file is not null || _fixed.Length > 0;

    /// <summary>Whether a request brings a key: <c>Authorization: Bearer KEY</c> or <c>X-API-Key: KEY</c>.</summary>
    public bool Open(IHeaderDictionary headers)
    {
        string? key = headers["X-API-Key"];
        if (string.IsNullOrEmpty(key) && headers.Authorization.ToString() is var authorization && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            key = authorization["Bearer ".Length..].Trim();
        if (string.IsNullOrEmpty(key) || key.Length > Longest)
            return false;
        byte[] hash = Hash(key);
        bool found = false;
        // All are compared, so that the time tells neither whether nor which.
        foreach (byte[] known in _hashes)
            found |= CryptographicOperations.FixedTimeEquals(known, hash);
        return found;
    }

    /// <summary>Reads the file again where it has changed; what cannot be read leaves the keys as they were.</summary>
    public void Reload()
    {
        if (_file is null)
            return;
        try
        {
            byte[] content = File.ReadAllBytes(_file);
            if (content.AsSpan().SequenceEqual(_content))
                return;
            _content = content;
            byte[][] keys = Parse(content, _file);
            _hashes = [.. _fixed, .. keys];
            Changed(keys.Length);
        }
        catch (Exception e)
        {
            // Whatever it is: a key that was taken out must not open for ever because a look once failed.
            NotChanged(e.Message);
        }
    }

    private static byte[][] Parse(byte[] content, string file)
    {
        string[] keys = [.. Encoding.UTF8.GetString(content).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')];
        return keys.Length > 0 ? [.. keys.Select(key => Hash(Checked(key, file)))]
            : throw new ServerOptionException($"{file} holds no API key: expected one a line");
    }

    private static string Checked(string key, string where) => key.Length is >= Shortest and <= Longest && key.All(letter => letter is > ' ' and <= '~') ? key
        : throw new ServerOptionException($"an API key of {where} has {key.Length} characters: expected {Shortest} to {Longest}, all of them visible ASCII; `openssl rand -hex 32` makes one");

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(Level = LogLevel.Information, Message = "API keys: the file has changed and holds {Count} now")]
    private partial void Changed(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "API keys: the file has changed and cannot be used, so the keys stay as they were: {Why}")]
    private partial void NotChanged(string why);
}
