using Ilab.Http.Calls;

namespace Ilab.Daemon.Telemetry;

/// <summary>The page of OpenTelemetry's Prometheus exporter.</summary>
internal sealed class MetricsPage(EngineSample sample, IServiceProvider services) : IMetricsPage
{
    private readonly Lazy<RequestDelegate> _page = new(() => Page(services));

    public async Task WriteAsync(HttpContext context)
    {
        await sample.RefreshAsync(context.RequestAborted);
        await _page.Value(context);
    }

    private static RequestDelegate Page(IServiceProvider services)
    {
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true);
        return pipeline.Build();
    }
}
