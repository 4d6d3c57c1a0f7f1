using Ilab.Client;
using Ilab.Client.Connections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>A service that answers by script, on a real Unix socket. It can be killed and started again on the same socket.</summary>
public sealed class FakeDaemon : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ilab-fake-").FullName;
    private WebApplication? _application;

    public string Socket => Path.Combine(_directory, "ilabd.sock");

    public FakeInference Inference { get; } = new();

    public FakeModels Models { get; } = new();

    public static async Task<FakeDaemon> StartAsync()
    {
        var daemon = new FakeDaemon();
        await daemon.ListenAsync();
        return daemon;
    }

    /// <summary>A client of it.</summary>
    public IlabClient Connect() => IlabClient.Create(new Endpoint(EndpointScheme.Unix, Socket));

    public async Task ListenAsync()
    {
        File.Delete(Socket);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.ListenUnixSocket(Socket, o => o.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Inference).AddSingleton(Models);
        _application = builder.Build();
        _application.MapGrpcService<FakeInference>();
        _application.MapGrpcService<FakeModels>();
        await _application.StartAsync();
    }

    /// <summary>Ends at once; running calls break.</summary>
    public async Task KillAsync()
    {
        if (_application is not { } application)
            return;
        _application = null;
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await application.StopAsync(now.Token);
        await application.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
