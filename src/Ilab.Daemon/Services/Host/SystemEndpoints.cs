using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Events;

namespace Ilab.Daemon.Services.Host;

/// <summary>ilab.v1.SystemService; one file per call.</summary>
internal sealed partial class SystemEndpoints(
    SystemParts parts,
    AuditLog audit,
    EventBus events,
    ServiceManager systemd,
    IHostApplicationLifetime lifetime,
    TimeProvider time
) : SystemService.SystemServiceBase
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    private static string OsText =>
        "linux/"
        + (
            System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64
                ? "amd64"
                : System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()
        );
}
