using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ilab.Testing;

/// <summary>A certificate authority that writes what it issues as PEM files into a folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _authority;
    private readonly string _folder;

    /// <param name="name">For its file, <c>NAME.pem</c>.</param>
    public TestAuthority(string folder, string name)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        File = Write(name, _authority.ExportCertificatePem());
    }

    /// <summary>Its own certificate.</summary>
    public string File { get; }

    /// <summary>A certificate of a service at localhost.</summary>
    public (string Certificate, string Key) IssueServer(string name) => Issue(name, "localhost", ServerUse, DateTimeOffset.UtcNow.AddDays(1));

    /// <summary>A client's certificate.</summary>
    /// <param name="file">Names its files.</param>
    /// <param name="commonName">Its subject.</param>
    /// <param name="until">When it expires; null = tomorrow.</param>
    public (string Certificate, string Key) IssueClient(string file, string commonName, DateTimeOffset? until = null) =>
        Issue(file, commonName, ClientUse, until ?? DateTimeOffset.UtcNow.AddDays(1));

    public void Dispose() => _authority.Dispose();

    private (string Certificate, string Key) Issue(string file, string commonName, string use, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(commonName);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddDays(-5), until, RandomNumberGenerator.GetBytes(8));
        return (Write(file, certificate.ExportCertificatePem()), Write($"{file}-key", key.ExportPkcs8PrivateKeyPem()));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, $"{name}.pem");
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
