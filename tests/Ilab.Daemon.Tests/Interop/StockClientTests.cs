namespace Ilab.Daemon.Tests.Interop;

/// <summary>Our server as a stock client sees it.</summary>
public sealed class StockClientTests(InteropServerFixture server) : IClassFixture<InteropServerFixture>
{
    public static TheoryData<string> Cases => InteropCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Passes(string name) => Assert.Equal("ok", await NodeProgram.RunAsync("client.js", $"unix:{server.Socket}", name));
}
