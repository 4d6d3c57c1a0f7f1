using System.Net.Sockets;
using Ilab.Api.V1;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Client.Tests.Errors;

/// <summary>A service that accepts connections and goes away: every way to notice it is the same error.</summary>
public sealed class LostConnectionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Socket _service = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly IlabClient _client;
    private readonly CancellationTokenSource _end = new();

    public LostConnectionTests()
    {
        var socket = Path.Combine(_folder.FullName, "ilab.sock");
        _service.Bind(new UnixDomainSocketEndPoint(socket));
        _service.Listen();
        _ = GoAwayAsync(_end.Token);
        _client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, socket));
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _client.Dispose();
        _service.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task InAnAnswer() =>
        Assert.True((await Assert.ThrowsAsync<IlabException>(async () => await _client.Data.ListAsync(new ListDatasetsRequest()))).IsConnectionLost);

    [Fact]
    public async Task InAStreamOfAnswers()
    {
        using var call = _client.System.Events(new EventsRequest());
        Assert.True((await Assert.ThrowsAsync<IlabException>(() => call.ResponseStream.MoveNext(CancellationToken.None))).IsConnectionLost);
    }

    [Fact]
    public async Task InAWrite()
    {
        using var call = _client.Data.Import();
        Assert.True((await Assert.ThrowsAsync<IlabException>(() => WriteAsync(call.RequestStream.WriteAsync))).IsConnectionLost);
        Assert.True((await Assert.ThrowsAsync<IlabException>(async () => await call)).IsConnectionLost);
    }

    [Fact]
    public async Task InAWriteBothWays()
    {
        using var call = _client.Models.Upload();
        Assert.True(
            (
                await Assert.ThrowsAsync<IlabException>(async () =>
                {
                    while (true)
                    {
                        await call.RequestStream.WriteAsync(new UploadModelRequest());
                    }
                })
            ).IsConnectionLost
        );
    }

    private static async Task WriteAsync(Func<ImportDatasetRequest, Task> write)
    {
        while (true)
        {
            await write(new ImportDatasetRequest());
        }
    }

    private async Task GoAwayAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            using var connection = await _service.AcceptAsync(cancellationToken);
            _ = await connection.ReceiveAsync(new byte[16], cancellationToken);
        }
    }
}
