using System.Collections.Concurrent;
using Ilab.Interop.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Ilab.Daemon.Tests.Interop;

/// <summary>Our server with the test service on a Unix socket. An error in its log that no test expects fails the class.</summary>
public sealed class InteropServerFixture : IAsyncLifetime, ILoggerProvider, ILogger
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-rpc-").FullName;
    private readonly ConcurrentQueue<string> _errors = new();
    private WebApplication? _app;

    public string Socket => Path.Combine(_folder, "s");

    public async Task InitializeAsync()
    {
        _app = InteropHost.Build(
            kestrel => kestrel.ListenUnixSocket(Socket, static listen => listen.Protocols = HttpProtocols.Http2),
            logging => logging.AddProvider(this)
        );
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        Assert.Empty(_errors);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
        {
            _errors.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose() { }
}
