using Ilab.Configuration.Service;
using OpenTelemetry.Exporter;

namespace Ilab.Daemon.Telemetry;

/// <summary>The OpenTelemetry collector that traces and metrics are sent to: that of the setting, else that of the standard variables.</summary>
internal sealed class Collector(Uri? setting, Func<string, string?> variable)
{
    private const int HttpPort = 4318;

    public static Collector Of(ServiceOptions options) => new(options.Otlp, Environment.GetEnvironmentVariable);

    public bool TakesTraces => Takes("TRACES");

    public bool TakesMetrics => Takes("METRICS");

    /// <summary>Sets what the exporter does not read from the variables itself.</summary>
    /// <param name="exporter">The exporter.</param>
    /// <param name="signal"><c>traces</c> or <c>metrics</c>.</param>
    public void Configure(OtlpExporterOptions exporter, string signal)
    {
        if (setting is null)
        {
            return;
        }

        var isHttp = variable("OTEL_EXPORTER_OTLP_PROTOCOL") is { Length: > 0 } protocol ? protocol == "http/protobuf" : setting.Port == HttpPort;
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = isHttp ? new Uri($"{setting.AbsoluteUri.TrimEnd('/')}/v1/{signal}") : setting;
    }

    private bool Takes(string signal) =>
        !string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && variable($"OTEL_{signal}_EXPORTER") != "none"
        && (setting is not null || IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));

    private bool IsSet(string name) => !string.IsNullOrEmpty(variable(name));
}
