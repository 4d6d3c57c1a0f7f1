using System.Net.Sockets;
using Ilab.Daemon.Hosting;

namespace Ilab.Daemon.Tests.Hosting;

/// <summary>A socket appears finished under its name, whatever else the process does meanwhile.</summary>
public sealed class SocketFileTests : IDisposable
{
    private const int LongestPath = 107;

    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-socket-").FullName;
    private readonly List<Socket> _open = [];

    private string Name => Path.Combine(_folder, "ilabd.sock");

    public void Dispose()
    {
        _open.ForEach(static socket => socket.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task WhoeverFindsTheNameFindsAFinishedSocket()
    {
        Open();
        using var over = new CancellationTokenSource();
        var connections = Task.Run(() =>
            Repeat(
                over.Token,
                () =>
                {
                    Assert.Equal(SocketFile.Mode, File.GetUnixFileMode(Name));
                    Connect();
                }
            )
        );
        var folders = Task.Run(() =>
            Repeat(
                over.Token,
                () =>
                {
                    var made = Directory.CreateDirectory(Path.Combine(_folder, "made"));
                    Assert.Equal(UnixFileMode.UserExecute, made.UnixFileMode & UnixFileMode.UserExecute);
                    made.Delete();
                }
            )
        );
        for (var time = 0; time < 200; time++)
        {
            Open(); // in place of the one before, which stays open: a client may be on its way to it
        }

        await over.CancelAsync();
        Assert.True(await connections > 0);
        Assert.True(await folders > 0);
    }

    [Fact]
    public void NothingElseIsLeftInTheFolder()
    {
        Open();
        Assert.Equal([Name], Directory.GetFileSystemEntries(_folder));
        new SocketFile(Name).Remove();
        _open.ForEach(static socket => socket.Dispose());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void APathThatJustFitsASocketAddressStillFits()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, new string('d', LongestPath - _folder.Length - 2 - "ilabd.sock".Length))).FullName;
        var path = Path.Combine(folder, "ilabd.sock");
        Assert.Equal(LongestPath, path.Length);
        _open.Add(new SocketFile(path).Open());
        Assert.Equal(SocketFile.Mode, File.GetUnixFileMode(path));
    }

    [Fact]
    public void WhereNothingCanBeCreatedThePathIsNamed()
    {
        var missing = Path.Combine(_folder, "missing");
        var failure = Assert.Throws<IOException>(() => new SocketFile(Path.Combine(missing, "ilabd.sock")).Open());
        Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Name);
        Assert.ThrowsAny<IOException>(Open);
        Assert.Equal([Name], Directory.GetFileSystemEntries(_folder));
    }

    /// <summary>Nobody accepts here: a socket whose queue is full is a finished one too.</summary>
    private void Connect()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        var failure = Record.Exception(() => client.Connect(new UnixDomainSocketEndPoint(Name)));
        Assert.True(failure is null or SocketException { SocketErrorCode: SocketError.WouldBlock }, failure?.ToString());
    }

    private void Open() => _open.Add(new SocketFile(Name).Open());

    private static int Repeat(CancellationToken over, Action action)
    {
        var times = 0;
        do
        {
            action();
            times++;
        } while (!over.IsCancellationRequested);

        return times;
    }
}
