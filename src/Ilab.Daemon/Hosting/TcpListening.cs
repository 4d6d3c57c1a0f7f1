using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ilab.Configuration.Service;
using Ilab.Engine.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The TCP listeners, of the HTTP APIs and of gRPC, with TLS and client certificates as the settings say. The kernel does not say who connects: connections are
/// marked, and their callers are identified by what they show.
/// </summary>
internal sealed class TcpListening(ServiceOptions options)
{
    /// <summary>More are closed as they come: each takes memory, whatever it does.</summary>
    private const int MostConnections = 1024;

    private readonly List<(TcpConnection Kind, ListenOptions Listen)> _listeners = [];
    private int _open;

    /// <exception cref="EngineException">INVALID_ARGUMENT: a certificate cannot be used.</exception>
    public void Configure(KestrelServerOptions kestrel)
    {
        if (options.Http is null && options.Grpc is null)
        {
            return;
        }

        // A client on another machine may vanish without a word.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromMinutes(1);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(30);
        var tls = options.TlsCertificate is { } certificate ? Tls(certificate) : null;
        if (options.Http is { } http)
        {
            kestrel.Listen(http, listen => Add(listen, TcpConnection.Http, tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2, tls));
        }

        if (options.Grpc is { } grpc)
        {
            kestrel.Listen(grpc, listen => Add(listen, TcpConnection.Grpc, HttpProtocols.Http2, tls));
        }
    }

    /// <summary>Where something is served, with the port that was chosen if none was given; empty = nowhere.</summary>
    public string AddressOf(TcpConnection kind) =>
        _listeners.FirstOrDefault(listener => listener.Kind == kind).Listen is { } listen
            ? $"{(options.TlsCertificate is null ? kind.Scheme : "https")}://{listen.IPEndPoint}"
            : "";

    /// <summary>Logs the addresses, which have the port that was chosen if none was given.</summary>
    public void Report(ILogger logger)
    {
        foreach (var (kind, listen) in _listeners)
        {
            var address = AddressOf(kind);
            HostingLog.TcpListening(logger, kind.Name, address);
            if (options.TlsCertificate is null && listen.IPEndPoint is { } at && !IPAddress.IsLoopback(at.Address))
            {
                HostingLog.InClear(logger, kind.Name, address);
            }
        }
    }

    private void Add(ListenOptions listen, TcpConnection kind, HttpProtocols protocols, HttpsConnectionAdapterOptions? tls)
    {
        _listeners.Add((kind, listen));
        listen.Protocols = protocols;
        listen.Use(next =>
            async connection =>
            {
                try
                {
                    if (Interlocked.Increment(ref _open) > MostConnections)
                    {
                        connection.Abort();
                        return;
                    }

                    connection.Features.Set(kind);
                    await next(connection);
                }
                finally
                {
                    Interlocked.Decrement(ref _open);
                }
            }
        );
        if (tls is not null)
        {
            listen.UseHttps(tls);
        }
    }

    private HttpsConnectionAdapterOptions Tls(string file)
    {
        var tls = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = Read("certificate", file, () => X509Certificate2.CreateFromPemFile(file, options.TlsKey)),
            ServerCertificateChain = Read("certificate", file, () => Import(file)),
        };
        if (options.TlsClientAuthorities is { } authorities)
        {
            var trusted = Read("certificate authorities", authorities, () => Import(authorities));
            tls.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            tls.ClientCertificateValidation = (client, sent, _) => IsIssuedBy(trusted, client, sent);
        }

        return tls;
    }

    private static X509Certificate2Collection Import(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it contains no certificate");
    }

    /// <summary>Whether a client certificate is in force and was issued, directly or over others, by one of the authorities, for clients.</summary>
    private static bool IsIssuedBy(X509Certificate2Collection trusted, X509Certificate2 client, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // client authentication
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(client);
    }

    private static T Read<T>(string what, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"the {what} {file} cannot be used: {exception.Message}",
                "tls-cert, tls-key and tls-client-ca are PEM files that the service can read",
                exception
            );
        }
    }
}

/// <summary>Marks the connections of a TCP listener.</summary>
/// <param name="Name">For the log.</param>
/// <param name="Scheme">Of addresses without TLS.</param>
internal sealed record TcpConnection(string Name, string Scheme)
{
    public static TcpConnection Http { get; } = new("HTTP APIs", "http");

    public static TcpConnection Grpc { get; } = new("gRPC", "tcp");
}
