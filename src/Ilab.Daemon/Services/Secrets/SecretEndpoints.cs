using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Engine.Secrets;

namespace Ilab.Daemon.Services.Secrets;

/// <summary>ilab.v1.SecretService; one file per call.</summary>
internal sealed partial class SecretEndpoints(SecretStore secrets, TimeProvider time) : SecretService.SecretServiceBase
{
    private static Secret ToWire(SecretInfo secret) =>
        new()
        {
            Name = secret.Name,
            Uid = secret.Owner,
            Created = secret.Created.ToTimestamp(),
        };
}
