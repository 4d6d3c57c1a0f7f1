using Ilab.Configuration.Service;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Serving.Telemetry;
using Ilab.Http.Calls;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ilab.Daemon.Telemetry;

/// <summary>Registers metrics and traces, as far as somebody can get them: a service without HTTP and collector has none.</summary>
internal static class TelemetryRegistration
{
    private static readonly string[] Unrecorded = ["/health", "/ready", "/metrics", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, ServiceOptions options)
    {
        services.AddSingleton<EngineSample>().AddSingleton<EngineGauges>().AddSingleton<IMetricsPage, MetricsPage>();
        var collector = Collector.Of(options);
        var hasMetrics = options.Http is not null || collector.TakesMetrics;
        if (!hasMetrics && !collector.TakesTraces)
        {
            return services;
        }

        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService("ilabd", serviceVersion: BuildInfo.Version).AddEnvironmentVariableDetector());
        if (hasMetrics)
        {
            telemetry.WithMetrics(metrics => Configure(metrics, options, collector));
            if (collector.TakesMetrics)
            {
                services.AddHostedService<SampleTimer>();
            }
        }

        if (collector.TakesTraces)
        {
            telemetry.WithTracing(traces =>
                traces
                    .AddSource(GenAi.Source)
                    .AddAspNetCoreInstrumentation(static http => http.Filter = static context => !Unrecorded.Contains(context.Request.Path.Value))
                    .AddOtlpExporter(exporter => collector.Configure(exporter, "traces"))
            );
        }

        return services;
    }

    private static void Configure(MeterProviderBuilder metrics, ServiceOptions options, Collector collector)
    {
        metrics
            .AddMeter(GenAi.Source, EngineGauges.Source, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            .AddInstrumentation(static provider => provider.GetRequiredService<EngineGauges>());
        if (options.Http is not null)
        {
            metrics.AddPrometheusExporter();
        }

        if (collector.TakesMetrics)
        {
            metrics.AddOtlpExporter(exporter => collector.Configure(exporter, "metrics"));
        }
    }
}
