using Grpc.Health.V1;
using Grpc.HealthCheck;
using Grpc.Reflection;
using Grpc.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ilab.Rpc.InteropServer;

/// <summary>The server as a program and inside tests.</summary>
public static class InteropHost
{
    public static WebApplication Build(Action<KestrelServerOptions> listen, Action<ILoggingBuilder>? logging = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.WebHost.ConfigureKestrel(listen);
        builder.Services.AddGrpc();
        var health = new HealthServiceImpl();
        health.SetStatus("", HealthCheckResponse.Types.ServingStatus.Serving);
        health.SetStatus(TestService.Descriptor.FullName, HealthCheckResponse.Types.ServingStatus.Serving);
        var reflection = new ReflectionServiceImpl(TestService.Descriptor, Health.Descriptor);
        builder.Services.AddSingleton(health).AddSingleton(reflection).AddSingleton(new ReflectionV1Alpha(reflection));
        var app = builder.Build();
        app.MapGrpcService<InteropService>();
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcService<ReflectionServiceImpl>();
        app.MapGrpcService<ReflectionV1Alpha>();
        return app;
    }
}
