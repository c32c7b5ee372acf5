using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary>HTTPS with a certificate that is replaced while the server runs.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class TlsTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _made = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_certificate_is_shown_without_a_restart_and_HTTP_2_is_spoken()
    {
        string certificate = _folder["cert.pem"], key = _folder["key.pem"];
        string first = Write(certificate, key, "CN=first");
        await using OwnServer own = await OwnServer.StartAsync(Path.Combine(run.Result.Folder, "student"), options => options with { Certificate = certificate, CertificateKey = key });
        Assert.StartsWith("https://", own.Server.Addresses[0], StringComparison.Ordinal);
        Assert.Equal((first, HttpVersion.Version20), await AskAsync(own));
        string second = Write(certificate, key, "CN=second");
        await ThreatTests.UntilAsync(async () => (await AskAsync(own)).Thumbprint == second);
        // A broken file changes nothing.
        File.WriteAllText(certificate, "none");
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(second, (await AskAsync(own)).Thumbprint);
    }

    [Fact]
    public async Task The_chain_of_the_file_is_shown()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 root = Authority("CN=root", rootKey, null, null);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 middle = Authority("CN=middle", middleKey, root, rootKey);
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", ownKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 leaf = request.Create(middle.SubjectName, X509SignatureGenerator.CreateForECDsa(middleKey), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [7]);
        string file = _folder.Write("chain.pem", $"{leaf.ExportCertificatePem()}\n{middle.ExportCertificatePem()}\n"), key = _folder.Write("own.pem", ownKey.ExportPkcs8PrivateKeyPem());
        await using OwnServer own = await OwnServer.StartAsync(Path.Combine(run.Result.Folder, "student"), options => options with { Certificate = file, CertificateKey = key });
        using var handler = new SocketsHttpHandler();
        // The client knows the root alone.
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        using var client = new HttpClient(handler);
        using HttpResponseMessage response = await client.GetAsync($"https://localhost:{own.Port}/v2/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static X509Certificate2 Authority(string name, ECDsa key, X509Certificate2? issuer, ECDsa? issuerKey)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-2), until = DateTimeOffset.UtcNow.AddHours(2);
        return issuer is null ? request.CreateSelfSigned(from, until) : request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey!), from, until, [3]);
    }

    private async Task<(string Thumbprint, Version Version)> AskAsync(OwnServer own)
    {
        string seen = "";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            seen = certificate!.GetCertHashString();
            return _made.Contains(seen);
        };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20 };
        using HttpResponseMessage response = await client.GetAsync($"https://localhost:{own.Port}/v2/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (seen, response.Version);
    }

    private string Write(string certificate, string key, string name)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest(name, pair, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(key, pair.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificate, made.ExportCertificatePem());
        _made.Add(made.Thumbprint);
        return made.Thumbprint;
    }
}
