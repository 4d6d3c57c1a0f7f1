using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing;

namespace Ilab.Http.Tests.Interop;

/// <summary>A service with TLS and limits of its own.</summary>
public sealed class TransportTests
{
    [Fact]
    public async Task RequestsOverTlsAreCountedByToken()
    {
        await using var ilab = new IlabInstallation();
        var (certificate, key) = Certificate(ilab.Root);
        ilab.WritePolicy("http.loopback = user", "role.user.rpm = 2");
        await ilab.StartAsync("--http", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key);
        using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };
        using var client = new HttpClient(handler)
        {
            BaseAddress = new Uri(HttpService.AddressIn(await ilab.LogLineAsync("HTTP APIs at "))),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Assert.Equal("https", client.BaseAddress.Scheme);
        for (var left = 1; left >= 0; left--)
        {
            using var answer = await client.GetAsync("/v1/models");
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version));
            Assert.Equal(left.ToString(), answer.Headers.GetValues("x-ratelimit-remaining-requests").Single());
        }

        using var refused = await client.GetAsync("/v1/models");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        Assert.Equal("rate_limit_error", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["type"]);
        Assert.Equal("""{"status":"ok"}""", await client.GetStringAsync("/health"));

        // With HTTP/2, gRPC could be asked for; it is not served here, where nobody knows whose a connection is.
        using var call = new HttpRequestMessage(HttpMethod.Post, "/ilab.v1.ModelService/List") { Content = new ByteArrayContent(new byte[5]) };
        call.Version = HttpVersion.Version20;
        call.Content.Headers.ContentType = new("application/grpc");
        using var status = await client.SendAsync(call);
        Assert.Equal(HttpStatusCode.NotFound, status.StatusCode);
    }

    [Fact]
    public async Task ACertificateThatCannotBeUsedIsNamed()
    {
        await using var ilab = new IlabInstallation();
        var file = Path.Combine(ilab.Root, "no.pem");
        await File.WriteAllTextAsync(file, "nonsense");
        await Assert.ThrowsAsync<InvalidOperationException>(() => ilab.StartAsync("--http", "127.0.0.1:0", "--tls-cert", file));
        Assert.StartsWith($"Error: the certificate {file} cannot be used", await ilab.LogLineAsync("Error: "), StringComparison.Ordinal);
    }

    private static (string Certificate, string Key) Certificate(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (certificateFile, keyFile) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
