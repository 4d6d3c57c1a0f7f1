using Ilab.Daemon.Access;
using Ilab.Engine.Jobs;
using Ilab.Http.Access;

namespace Ilab.Daemon.Startup;

/// <summary>Registers who may do what.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services) =>
        services
            .AddSingleton<PolicyFile>()
            .AddSingleton<OpenRequests>()
            .AddSingleton<Quotas>()
            .AddSingleton<AuditLog>()
            .AddSingleton<RemoteIdentity>()
            .AddSingleton<Gate>()
            .AddSingleton<RateLimits>()
            .AddSingleton<IJobRights>(static provider => new JobRights(
                provider.GetRequiredService<PolicyFile>(),
                provider.GetRequiredService<OpenRequests>(),
                new Lazy<Quotas>(provider.GetRequiredService<Quotas>)
            ))
            .AddSingleton<IHttpAccess, HttpAccess>();
}
