using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;

namespace Ilab.Daemon.Hosting.Health;

/// <summary>grpc.health.v1.Health/List, complementing the package's service, which has only Check and Watch.</summary>
internal sealed class HealthListService(HealthServiceImpl checks) : HealthListBase
{
    private readonly ConcurrentDictionary<string, HealthCheckResponse.Types.ServingStatus> _statuses = new();

    /// <summary>Sets the status of a service for Check, Watch and List; the empty name is the server as a whole.</summary>
    public void SetStatus(string service, HealthCheckResponse.Types.ServingStatus status)
    {
        _statuses[service] = status;
        checks.SetStatus(service, status);
    }

    public override Task<HealthListResponse> List(HealthListRequest request, ServerCallContext context)
    {
        var response = new HealthListResponse();
        foreach (var (service, status) in _statuses)
        {
            response.Statuses.Add(service, new HealthListResponse.Types.Entry { Status = (int)status });
        }

        return Task.FromResult(response);
    }
}
