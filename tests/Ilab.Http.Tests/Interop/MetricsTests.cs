using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing;
using Ilab.Testing.Models;
using Ilab.Testing.Servers;

namespace Ilab.Http.Tests.Interop;

/// <summary>What a service says about itself at <c>/metrics</c>, and to whom.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private const string Ask = """{"model":"watched","max_tokens":5,"messages":[{"role":"user","content":"Hi."}]}""";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var file = Path.Combine(_ilab.Root, "watched.gguf");
        RandomLlama.Write(file, LlamaShape.Talkative, "watched");
        await _ilab.StartAsync("--http", "127.0.0.1:0", "--threads", "1", "--accelerator", "off");
        _client = new HttpClient { BaseAddress = new Uri(HttpService.AddressIn(await _ilab.LogLineAsync("HTTP APIs at "))) };
        (await _ilab.RunAsync("model", "import", file, "--name", "watched")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task RequestsAreMeasuredAsTheConventionsSay()
    {
        var (user, watcher) = (await TokenAsync("run"), await TokenAsync("look"));
        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, "/v1/chat/completions", user, Ask)).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Post, "/v1/chat/completions", user, Ask.Replace("watched", "none"))).Status);
        var samples = PrometheusText.Parse((await SendAsync(HttpMethod.Get, "/metrics", watcher)).Body);

        var first = samples.Where(static sample => sample.Name == "gen_ai_server_time_to_first_token_seconds_bucket").ToList();
        Assert.Equal(
            "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf",
            string.Join(' ', first.Select(static sample => sample.Labels["le"]))
        );
        Assert.Equal(3, first[^1].Value);
        Assert.Equal(
            ("chat", "ilab", "watched:latest", "watched:latest"),
            (
                first[0].Labels["gen_ai_operation_name"],
                first[0].Labels["gen_ai_provider_name"],
                first[0].Labels["gen_ai_request_model"],
                first[0].Labels["gen_ai_response_model"]
            )
        );
        Assert.Equal(3, One("gen_ai_server_time_per_output_token_seconds_count").Value);
        Assert.Equal(15, One("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "output")).Value);
        Assert.Equal(3, One("gen_ai_client_token_usage_count", ("gen_ai_token_type", "input")).Value);
        Assert.Equal(3, samples.Single(static sample => Is(sample, "gen_ai_server_request_duration_seconds_count") && !HasError(sample)).Value);
        Assert.Equal(1, One("gen_ai_server_request_duration_seconds_count", ("error_type", "NotFound")).Value);

        Assert.Equal(1, One("ilab_models_loaded").Value);
        Assert.Equal(0, One("ilab_queue_requests").Value);
        Assert.Equal(0, One("ilab_jobs_active").Value);
        Assert.Equal(0, One("ilab_model_requests_running", ("model", "watched:latest")).Value);
        Assert.Equal(15, One("ilab_model_tokens_total", ("type", "generated")).Value);
        var (used, limit) = (One("ilab_model_kv_cache_used").Value, One("ilab_model_kv_cache_limit").Value);
        Assert.InRange(used, 1, limit);
        Assert.InRange(One("ilab_model_memory_resident_bytes").Value, 1 << 20, 16L << 30);
        Assert.InRange(One("ilab_device_memory_bytes", ("state", "reserved"), ("device", "cpu")).Value, 1, 16L << 30);
        Assert.InRange(One("dotnet_process_memory_working_set_bytes").Value, 1 << 20, 16L << 30);

        Sample One(string name, params (string Label, string Value)[] labels) =>
            Assert.Single(samples, sample => Is(sample, name) && labels.All(label => sample.Labels.GetValueOrDefault(label.Label) == label.Value));
    }

    [Fact]
    public async Task MetricsAreForThoseWhoMayLook()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/metrics", null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Get, "/metrics", await TokenAsync("run"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/metrics", await TokenAsync("look"))).Status);
    }

    [SkippableFact]
    public async Task PrometheusReadsThem()
    {
        var spec = PrometheusServer.Spec(_client.BaseAddress!.Authority, await TokenAsync("look"));
        Skip.If(spec is null, PrometheusServer.Reason);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, "/v1/chat/completions", await TokenAsync("run"), Ask)).Status);
        await using var prometheus = await TestServer.StartAsync(spec);
        using var reader = new HttpClient { BaseAddress = prometheus.Address };
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var query = Uri.EscapeDataString("""histogram_quantile(0.5, gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name="chat"})""");
            var answer = JsonNode.Parse(await reader.GetStringAsync($"api/v1/query?query={query}", deadline.Token))!;
            if (answer["data"]!["result"]!.AsArray() is [{ } series, ..])
            {
                Assert.Equal("watched:latest", (string?)series["metric"]!["gen_ai_response_model"]);
                Assert.InRange(double.Parse((string)series["value"]![1]!, System.Globalization.CultureInfo.InvariantCulture), 1e-6, 10);
                return;
            }

            await Task.Delay(200, deadline.Token);
        }
    }

    private static bool Is(Sample sample, string name) => sample.Name == name;

    private static bool HasError(Sample sample) => sample.Labels.ContainsKey("error_type");

    private async Task<string> TokenAsync(string scope) => (await _ilab.RunAsync("token", "create", "--scope", scope)).Expect(0).Output.TrimEnd('\n');

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, string? token, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await _client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
