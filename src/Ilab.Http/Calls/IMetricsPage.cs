using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>The metrics of the service.</summary>
public interface IMetricsPage
{
    /// <summary>Answers a request with them, in Prometheus' text format or, if it asks for that, OpenMetrics'.</summary>
    Task WriteAsync(HttpContext context);
}
