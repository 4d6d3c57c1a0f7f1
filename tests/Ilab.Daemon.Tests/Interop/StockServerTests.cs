using System.Diagnostics;

namespace Ilab.Daemon.Tests.Interop;

/// <summary>Our client against a stock server.</summary>
public sealed class StockServerTests(StockServerTests.Server server) : IClassFixture<StockServerTests.Server>
{
    public static TheoryData<string> Cases => InteropCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Passes(string name)
    {
        using var channel = InteropCases.Channel(server.Socket);
        await InteropCases.RunAsync(name, channel);
    }

    public sealed class Server : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("ilab-rpc-").FullName;
        private Process? _process;

        public string Socket => Path.Combine(_folder, "s");

        public async Task InitializeAsync()
        {
            _process = NodeProgram.Start("server.js", Socket);
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            Assert.Equal("ready", await _process.StandardOutput.ReadLineAsync(deadline.Token));
        }

        public async Task DisposeAsync()
        {
            _process!.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
