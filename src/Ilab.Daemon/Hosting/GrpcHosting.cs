using Grpc.AspNetCore.Server;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Ilab.Daemon.Hosting.Health;
using RpcService = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Ilab.Daemon.Hosting;

/// <summary>The gRPC server configuration of the service: limits, health, reflection. Also used by the interoperability tests.</summary>
public static class GrpcHosting
{
    /// <summary>Maximum message size in bytes.</summary>
    public const int MaxReceiveMessageSize = 64 << 20;

    public static void AddIlabGrpc(this IServiceCollection services, Action<GrpcServiceOptions>? configure = null)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxReceiveMessageSize;
            configure?.Invoke(grpc);
        });
        services.AddGrpcReflection();
        services.AddSingleton<HealthServiceImpl>().AddSingleton<HealthListService>();
    }

    /// <summary>Maps health and reflection (v1 and v1alpha) in addition to the application's services, and reports these as serving.</summary>
    public static void MapIlabGrpc(this WebApplication app, params RpcService[] services)
    {
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcService<HealthListService>();
        app.MapGrpcReflectionService();
        var health = app.Services.GetRequiredService<HealthListService>();
        foreach (var name in services.Select(static service => service.FullName).Prepend(""))
        {
            health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.Serving);
        }
    }
}
