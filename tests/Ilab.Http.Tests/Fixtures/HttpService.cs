using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Http.Tests.Fixtures;

/// <summary>A real service with its HTTP APIs and one small model that has a chat template, shared by all tests of the assembly that need one.</summary>
public sealed class HttpService : IAsyncLifetime
{
    public const string Collection = "service";
    public const string Model = "tiny";
    public const int ContextLength = 512;
    private const string Template =
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}{% endfor %}"
        + "{% if tools %}[tools]{{ tools | tojson }}{% endif %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private const string Usual = "http.loopback = admin";

    private readonly GgmlLock _compute = new();

    public IlabInstallation Ilab { get; } = new();

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => Client.BaseAddress!;

    public async Task InitializeAsync()
    {
        var file = Path.Combine(Ilab.Root, "tiny.gguf");
        RandomLlama.Write(file, LlamaShape.Talkative with { ContextLength = ContextLength }, Model, template: Template);
        RandomLlama.Write(Path.Combine(Ilab.Root, "other.gguf"), LlamaShape.Smallest, "other");
        Ilab.WritePolicy(Usual);
        await Ilab.StartAsync("--http", "127.0.0.1:0", "--threads", "1", "--accelerator", "off");
        Client = new HttpClient { BaseAddress = new Uri(AddressIn(await Ilab.LogLineAsync("HTTP APIs at "))) };
        (await Ilab.RunAsync("model", "import", file, "--name", Model)).Expect(0);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Ilab.DisposeAsync();
        _compute.Dispose();
    }

    /// <summary>Posts JSON and reads JSON.</summary>
    public async Task<(HttpStatusCode Status, JsonNode Json)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Client.PostAsync(path, content);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    /// <summary>Posts JSON and reads an answer whatever it is.</summary>
    public async Task<string> PostTextAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await Client.PostAsync(path, content);
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Makes another policy the one in force.</summary>
    /// <param name="isInForce">Whether an answer of <c>GET /v1/models</c> without credentials shows that it is.</param>
    public async Task ReloadAsync(string[] policy, Func<HttpResponseMessage, bool> isInForce)
    {
        Ilab.WritePolicy(policy);
        using var signal = Process.Start("kill", ["-HUP", Ilab.ServicePid.ToString()]);
        await signal.WaitForExitAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            using var answer = await Client.GetAsync("/v1/models", deadline.Token);
            if (isInForce(answer))
            {
                return;
            }
        }
    }

    /// <summary>Makes the usual policy the one in force again.</summary>
    public Task ReloadAsync() =>
        ReloadAsync([Usual], static answer => answer.StatusCode == HttpStatusCode.OK && !answer.Headers.Contains("x-ratelimit-limit-requests"));

    public static string AddressIn(string logLine) => logLine.Split(' ')[^1];
}

[CollectionDefinition(HttpService.Collection)]
public sealed class HttpServiceCollection : ICollectionFixture<HttpService>;
