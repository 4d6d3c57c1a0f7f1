using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>Makes what TLS and tokens need of a <see cref="ConnectionSecurity"/>.</summary>
internal static class RemoteAccess
{
    /// <exception cref="IlabException">A file cannot be read, or is not PEM.</exception>
    public static SslClientAuthenticationOptions Tls(Endpoint endpoint)
    {
        var (authorities, certificate, key, _) = endpoint.Security;
        var tls = new SslClientAuthenticationOptions { TargetHost = endpoint.Host };
        if (authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Read(authorities, file => tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file));
        }

        if (certificate is not null)
        {
            Read(
                certificate,
                file =>
                {
                    var chain = new X509Certificate2Collection();
                    chain.ImportFromPemFile(file);
                    tls.ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(file, key), chain, offline: true);
                }
            );
        }

        return tls;
    }

    /// <summary>Adds the token to every call.</summary>
    /// <exception cref="IlabException">The file cannot be read, or it would be sent in the clear to another machine.</exception>
    public static HttpMessageHandler WithToken(Endpoint endpoint, HttpMessageHandler handler)
    {
        if (endpoint.Security.TokenFile is not { } file || endpoint.Scheme is not (EndpointScheme.Tcp or EndpointScheme.Https))
        {
            return handler;
        }

        if (
            endpoint.Scheme == EndpointScheme.Tcp
            && endpoint.Host != "localhost"
            && !(IPAddress.TryParse(endpoint.Host, out var address) && IPAddress.IsLoopback(address))
        )
        {
            throw new IlabException(
                ErrorKind.InvalidArgument,
                $"the token is not sent to {endpoint}: it could be read on the way",
                "use https://, or --tls-ca with the authority of the service"
            );
        }

        var token = "";
        Read(file, path => token = File.ReadAllText(path).Trim());
        return new TokenHandler(handler, token);
    }

    private static void Read(string file, Action<string> read)
    {
        try
        {
            read(file);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(file, FileUse.Read, exception);
        }
        catch (CryptographicException exception)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"cannot use {file}: {exception.Message}", "it must be a PEM file", exception);
        }
    }

    private sealed class TokenHandler(HttpMessageHandler inner, string token) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
