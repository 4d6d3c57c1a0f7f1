using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>An installation, asked over HTTP.</summary>
internal sealed class IlabHttpServer : IServer
{
    private readonly Installation _installation;
    private readonly HttpClient _client;

    private IlabHttpServer(Installation installation, HttpClient client) => (_installation, _client) = (installation, client);

    public string Name => "ilab over HTTP";

    /// <param name="options">Further settings of the service.</param>
    public static async Task<IlabHttpServer> StartAsync(string[] options, CancellationToken cancellationToken)
    {
        var address = $"127.0.0.1:{FreePort()}";
        var installation = new Installation();
        await installation.StartAsync(cancellationToken, [.. options, "--http", address]);
        var client = new HttpClient { BaseAddress = new Uri($"http://{address}"), Timeout = TimeSpan.FromMinutes(10) };
        var token = (await installation.OutputAsync(["token", "create"], cancellationToken)).Trim();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new IlabHttpServer(installation, client);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async Task PrepareAsync(string model, string file, CancellationToken cancellationToken)
    {
        await _installation.RunAsync(["model", "import", file, "--name", model], cancellationToken);
        await _installation.RunAsync(["model", "load", model], cancellationToken);
    }

    public Task<Answer> AskAsync(string model, string prompt, int tokens, CancellationToken cancellationToken) =>
        CompletionStream.AskAsync(_client, model, prompt, tokens, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _installation.DisposeAsync();
    }
}
