using Grpc.AspNetCore.Server;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds gRPC to the container.</summary>
public static class GrpcServicesExtensions
{
    public static IServiceCollection AddGrpc(this IServiceCollection services) => services.AddGrpc(static _ => { });

    public static IServiceCollection AddGrpc(this IServiceCollection services, Action<GrpcServiceOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.Configure(configureOptions);
        services.AddSingleton<Grpc.AspNetCore.Server.Internal.CallPipeline>();
        return services;
    }
}
