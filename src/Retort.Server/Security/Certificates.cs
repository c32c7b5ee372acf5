using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Retort.Server.Security;

/// <summary>The server's certificate, read again when its files change. Thread-safe.</summary>
internal sealed partial class Certificates
{
    private readonly string? _file, _key;
    private readonly ILogger<Certificates> _log;
    private byte[] _content = [];
    private volatile SslStreamCertificateContext? _current;

    /// <exception cref="ServerOptionException">The files cannot be read, or are no certificate with its key.</exception>
    public Certificates(ServerOptions options, ILogger<Certificates> log)
    {
        (_file, _key, _log) = (options.Certificate, options.CertificateKey, log);
        if (_file is null)
            return;
        try
        {
            _content = Content();
            _current = Load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ServerOptionException($"the certificate cannot be used: {e.Message}; expected PEM files of a certificate and of its key", e);
        }
    }

    /// <summary>The newest, with its chain; null: there is no TLS.</summary>
    public SslStreamCertificateContext? Current => _current;

    /// <summary>Reads the files again where they have changed; what cannot be read leaves the certificate as it was.</summary>
    public void Reload()
    {
        if (_file is null)
            return;
        try
        {
            byte[] content = Content();
            if (content.AsSpan().SequenceEqual(_content))
                return;
            SslStreamCertificateContext next = Load();
            // Connections under way may still use the old one, so that it is left to the garbage collector.
            (_content, _current) = (content, next);
            Changed(next.TargetCertificate.NotAfter);
        }
        catch (Exception e)
        {
            NotChanged(e.Message);
        }
    }

    private byte[] Content() => [.. File.ReadAllBytes(_file!), .. _key is null ? [] : File.ReadAllBytes(_key)];

    private SslStreamCertificateContext Load()
    {
        using var pem = X509Certificate2.CreateFromPemFile(_file!, _key);
        // A key that lives in memory alone is refused by TLS on Windows.
        X509Certificate2 own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_file!);
        // Nothing is fetched: what clients need stands in the file.
        return SslStreamCertificateContext.Create(own, chain, offline: true);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "certificate: the files have changed; the new one is good until {Until}")]
    private partial void Changed(DateTime until);

    [LoggerMessage(Level = LogLevel.Warning, Message = "certificate: the files have changed and cannot be used, so the old one stays: {Why}")]
    private partial void NotChanged(string why);
}
