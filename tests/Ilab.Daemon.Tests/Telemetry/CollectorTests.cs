using Ilab.Daemon.Telemetry;
using OpenTelemetry.Exporter;

namespace Ilab.Daemon.Tests.Telemetry;

public sealed class CollectorTests
{
    [Theory]
    [InlineData(null, "", false, false)]
    [InlineData("http://host:4317", "", true, true)]
    [InlineData(null, "OTEL_EXPORTER_OTLP_ENDPOINT=http://host:4317", true, true)]
    [InlineData(null, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://host:4317", true, false)]
    [InlineData("http://host:4317", "OTEL_TRACES_EXPORTER=none", false, true)]
    [InlineData("http://host:4317", "OTEL_METRICS_EXPORTER=none", true, false)]
    [InlineData("http://host:4317", "OTEL_SDK_DISABLED=true", false, false)]
    public void SignalsAreSentWhereTheyAreAskedFor(string? setting, string variable, bool traces, bool metrics)
    {
        var collector = new Collector(setting is null ? null : new Uri(setting), Reader(variable));
        Assert.Equal((traces, metrics), (collector.TakesTraces, collector.TakesMetrics));
    }

    [Theory]
    [InlineData("http://host:4317", "", OtlpExportProtocol.Grpc, "http://host:4317/")]
    [InlineData("http://host:4318", "", OtlpExportProtocol.HttpProtobuf, "http://host:4318/v1/traces")]
    [InlineData("http://host:80/otel/", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://host/otel/v1/traces")]
    [InlineData("http://host:4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", OtlpExportProtocol.Grpc, "http://host:4318/")]
    public void TheSettingsPortSaysTheProtocolUnlessTheVariableDoes(string setting, string variable, OtlpExportProtocol protocol, string endpoint)
    {
        var exporter = new OtlpExporterOptions();
        new Collector(new Uri(setting), Reader(variable)).Configure(exporter, "traces");
        Assert.Equal((protocol, endpoint), (exporter.Protocol, exporter.Endpoint.AbsoluteUri));
    }

    private static Func<string, string?> Reader(string variable) =>
        name => variable.StartsWith(name + "=", StringComparison.Ordinal) ? variable[(name.Length + 1)..] : null;
}
