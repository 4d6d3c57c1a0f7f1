using System.Net.Http.Json;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Http.Tests.Interop;

/// <summary>Traces go to a collector that is configured: with the setting, or with OpenTelemetry's variables.</summary>
public sealed class TraceTests : IDisposable
{
    private const int Server = 2;
    private const int Client = 3;
    private const string Secret = "the prompt nobody else may read";

    private readonly GgmlLock _compute = new();

    public void Dispose() => _compute.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnAnswerIsASpanWithinItsRequest(bool withSetting)
    {
        using var collector = new TraceCollector();
        await using var ilab = new IlabInstallation();
        ilab.Variables["OTEL_BSP_SCHEDULE_DELAY"] = "100";
        ilab.Variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        ilab.Variables["OTEL_METRICS_EXPORTER"] = "none";
        if (!withSetting)
        {
            ilab.Variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        }

        ilab.WritePolicy("http.loopback = admin");
        var file = Path.Combine(ilab.Root, "traced.gguf");
        RandomLlama.Write(file, LlamaShape.Talkative, "traced");
        string[] options = ["--http", "127.0.0.1:0", "--threads", "1", "--accelerator", "off"];
        await ilab.StartAsync(withSetting ? [.. options, "--otlp", collector.Address] : options);
        using var client = new HttpClient { BaseAddress = new Uri(HttpService.AddressIn(await ilab.LogLineAsync("HTTP APIs at "))) };
        (await ilab.RunAsync("model", "import", file, "--name", "traced")).Expect(0);

        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        request.Content = JsonContent.Create(
            new
            {
                model = "traced",
                max_tokens = 5,
                temperature = 0.5,
                stop = new[] { Secret + " stop" },
                messages = new[] { new { role = "user", content = Secret } },
            }
        );
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();

        var server = await collector.SpanAsync(static span => span is { Trace: Trace, Kind: Server });
        Assert.Equal(("POST /v1/chat/completions", "b7ad6b7169203331"), (server.Name, server.Parent));
        Assert.Equal(200L, server.Attributes["http.response.status_code"]);
        var model = await collector.SpanAsync(static span => span is { Trace: Trace, Kind: Client });
        Assert.Equal((server.Id, "chat traced"), (model.Parent, model.Name));
        Assert.Equal("chat", model.Attributes["gen_ai.operation.name"]);
        Assert.Equal("ilab", model.Attributes["gen_ai.provider.name"]);
        Assert.Equal("traced", model.Attributes["gen_ai.request.model"]);
        Assert.Equal("traced:latest", model.Attributes["gen_ai.response.model"]);
        Assert.Equal(0.5, (double)model.Attributes["gen_ai.request.temperature"], 1e-6);
        Assert.Equal(5L, model.Attributes["gen_ai.request.max_tokens"]);
        Assert.Equal(5L, model.Attributes["gen_ai.usage.output_tokens"]);
        Assert.Equal("length", model.Attributes["gen_ai.response.finish_reasons"]);

        using var refused = await client.PostAsJsonAsync("/v1/completions", new { model = "none", prompt = Secret });
        var failed = await collector.SpanAsync(static span => span.Name == "text_completion none");
        Assert.Equal("NotFound", failed.Attributes["error.type"]);
        Assert.DoesNotContain("prompt nobody", collector.Raw, StringComparison.Ordinal);
    }
}
