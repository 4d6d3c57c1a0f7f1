using Ilab.Engine.Events;
using Ilab.Engine.Hosting;
using Ilab.Engine.Store.Content;
using Ilab.Sources.Http;
using Ilab.Testing;

namespace Ilab.Sources.Tests;

/// <summary>A store in a private folder, and a hub.</summary>
public sealed class DownloadFixture : IAsyncDisposable
{
    private readonly SourceHttp _http = new("ilab-tests") { Patience = TimeSpan.FromSeconds(5) };

    private DownloadFixture(ScriptedHub hub) => (Hub, Downloader) = (hub, NewDownloader());

    public string Folder { get; } = Directory.CreateTempSubdirectory("ilab-download-").FullName;

    public ScriptedHub Hub { get; }

    public ContentStore Content =>
        field ??= new ContentStore(
            new EngineOptions
            {
                StoreDirectory = Folder,
                RuntimeDirectory = Folder,
                RunnerPath = "",
            }
        );

    public Downloader Downloader { get; }

    public LeaseTable Leases { get; } = new();

    internal LeaseGroup Held => field ??= new LeaseGroup(Leases, "download");

    public List<string> Said { get; } = [];

    public List<Transfer> Progress { get; } = [];

    public static async Task<DownloadFixture> CreateAsync() => new(await ScriptedHub.StartAsync());

    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A service that was started anew has one of these.</summary>
    public Downloader NewDownloader(int most = 3, TimeSpan? stall = null) =>
        new(_http, Content, new Retries(TimeProvider.System) { Backoff = TimeSpan.FromMilliseconds(5), Most = most })
        {
            Stall = stall ?? TimeSpan.FromSeconds(20),
        };

    public Task<Digest> FetchAsync(RemoteFile file, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        var meter = new TransferMeter(
            transfer =>
            {
                lock (Progress)
                {
                    Progress.Add(transfer);
                }
            },
            TimeProvider.System,
            0
        );
        meter.Begin(file.FileName, 0, file.Size ?? 0);
        return (downloader ?? Downloader).FetchAsync(
            file,
            "job 0123456789ab",
            new Reception(
                Held,
                meter,
                line =>
                {
                    lock (Said)
                    {
                        Said.Add(line);
                    }
                }
            ),
            cancellationToken
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
