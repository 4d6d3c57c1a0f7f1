using Ilab.Configuration.Service;
using Ilab.Http;
using Ilab.Http.Calls;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The HTTP APIs. What comes in at their listener goes to them and nowhere else: gRPC is served at listeners of its own.
/// </summary>
internal static class HttpListening
{
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

    /// <summary>Middleware that keeps the two listeners apart.</summary>
    public static Func<RequestDelegate, RequestDelegate> Branch(HttpApi api) =>
        next => context => context.Features.Get<TcpConnection>() == TcpConnection.Http ? api.InvokeAsync(context) : next(context);
}
