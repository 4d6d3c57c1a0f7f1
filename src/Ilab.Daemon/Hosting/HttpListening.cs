using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ilab.Configuration.Service;
using Ilab.Engine.Errors;
using Ilab.Http;
using Ilab.Http.Calls;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The TCP listener of the HTTP APIs. What comes in there goes to them and nowhere else: gRPC is served on the Unix socket, where the kernel says who calls.
/// </summary>
internal static class HttpListening
{
    /// <summary>More are closed as they come: each takes memory, whatever it does.</summary>
    private const int MostConnections = 1024;

    public static IServiceCollection AddHttpApi(this IServiceCollection services, ServiceOptions options) =>
        services
            .AddSingleton(
                new HttpApiOptions
                {
                    Version = BuildInfo.Version,
                    KeepAlive = options.KeepAlive,
                    Origins = options.HttpOrigins,
                    Hosts = options.HttpHosts,
                }
            )
            .AddSingleton<Uploads>()
            .AddSingleton<EndpointParts>()
            .AddSingleton<HttpApi>();

    /// <exception cref="EngineException">INVALID_ARGUMENT: the certificate cannot be used.</exception>
    public static void Configure(ListenOptions listen, ServiceOptions options)
    {
        listen.Protocols = HttpProtocols.Http1;
        var open = 0;
        listen.Use(next =>
            async connection =>
            {
                try
                {
                    if (Interlocked.Increment(ref open) > MostConnections)
                    {
                        connection.Abort();
                        return;
                    }

                    connection.Features.Set(Marked.Instance);
                    await next(connection);
                }
                finally
                {
                    Interlocked.Decrement(ref open);
                }
            }
        );

        if (options.HttpCertificate is { } certificate)
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(Certificate(certificate, options.HttpKey));
        }
    }

    private static X509Certificate2 Certificate(string file, string? key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(file, key);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"the certificate {file} cannot be used: {exception.Message}",
                "http-cert and http-key are PEM files that the service can read",
                exception
            );
        }
    }

    /// <summary>Middleware that keeps the two listeners apart.</summary>
    public static Func<RequestDelegate, RequestDelegate> Branch(HttpApi api) =>
        next => context => context.Features.Get<Marked>() is null ? next(context) : api.InvokeAsync(context);

    /// <summary>Logs the addresses, which have the port that was chosen if none was given.</summary>
    public static void Report(WebApplication app, ServiceOptions options, ILogger logger)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        foreach (var address in addresses.Where(static address => !address.Contains("unix:", StringComparison.Ordinal)))
        {
            HostingLog.HttpListening(logger, address);
            if (options is { Http: { } http, HttpCertificate: null } && !IPAddress.IsLoopback(http.Address))
            {
                HostingLog.HttpInClear(logger, address);
            }
        }
    }

    /// <summary>Marks the connections of the TCP listener.</summary>
    private sealed class Marked
    {
        public static Marked Instance { get; } = new();
    }
}
