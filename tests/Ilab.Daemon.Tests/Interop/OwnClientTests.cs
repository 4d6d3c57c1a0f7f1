namespace Ilab.Daemon.Tests.Interop;

/// <summary>Our client against our server.</summary>
public sealed class OwnClientTests(InteropServerFixture server) : IClassFixture<InteropServerFixture>
{
    public static TheoryData<string> Cases => InteropCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Passes(string name)
    {
        using var channel = InteropCases.Channel(server.Socket);
        await InteropCases.RunAsync(name, channel);
    }

    [Fact]
    public async Task ManyCallsAtOnceShareAConnection()
    {
        using var channel = InteropCases.Channel(server.Socket);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => InteropCases.RunAsync("server_streaming", channel)));
    }
}
