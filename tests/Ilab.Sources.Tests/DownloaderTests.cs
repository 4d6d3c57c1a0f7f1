using System.Security.Cryptography;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Testing;
using Microsoft.AspNetCore.Http;

namespace Ilab.Sources.Tests;

/// <summary>Everything that a server can do to a download.</summary>
public sealed class DownloaderTests : IAsyncLifetime
{
    private const string Path = "/m/a.gguf";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly byte[] _bytes = DownloadFixture.Bytes(1 << 20);
    private DownloadFixture _f = null!;

    private ScriptedHub Hub => _f.Hub;

    private RemoteFile File => new() { Url = new Uri(Hub.Address, Path), FileName = "a.gguf" };

    public async Task InitializeAsync()
    {
        _f = await DownloadFixture.CreateAsync();
        Hub.Put(Path, _bytes);
    }

    public async Task DisposeAsync() => await _f.DisposeAsync();

    [Fact]
    public async Task AWholeFileBecomesABlob()
    {
        var digest = await _f.FetchAsync(File);
        Assert.Equal(_bytes, await System.IO.File.ReadAllBytesAsync(_f.Content.BlobPath(digest)));
        Assert.Empty(_f.Content.Ingests());
    }

    [Fact]
    public async Task ABrokenConnectionIsTakenUpWhereItBroke()
    {
        Hub.CutAfter(Path, 300_000);
        Hub.CutAfter(Path, 200_000);
        await CheckAsync(await _f.FetchAsync(File));
        var ranges = Hub.Requests.Select(static request => request.Range).ToArray();
        Assert.Null(ranges[0]);
        Assert.All(ranges.Skip(1), static range => Assert.NotNull(range));
        Assert.Equal(ScriptedHub.TagOf(_bytes), Hub.Requests.Last().IfRange);
        Assert.NotEmpty(_f.Said);
    }

    [Fact]
    public async Task AnotherServiceGoesOnWithWhatCame()
    {
        Hub.CutAfter(Path, 400_000);
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File, _f.NewDownloader(most: 1)));
        Assert.Equal(ErrorKind.Source, error.Kind);
        Assert.Contains("partial data is kept", error.Hint, StringComparison.Ordinal);
        await CheckAsync(await _f.FetchAsync(File, _f.NewDownloader()));
        Assert.StartsWith("bytes=", Hub.Requests.Last().Range, StringComparison.Ordinal);
        Assert.NotEqual("bytes=0-", Hub.Requests.Last().Range);
    }

    [Fact]
    public async Task AServerThatIgnoresRangesSendsItAgain()
    {
        Hub.CutAfter(Path, 300_000);
        Hub.Misbehave(
            Path,
            async (context, content) =>
            {
                context.Response.ContentLength = content.Length;
                await context.Response.Body.WriteAsync(content);
                return true;
            }
        );
        await CheckAsync(await _f.FetchAsync(File));
    }

    [Fact]
    public async Task AFileThatChangedMeanwhileIsFetchedFromTheStart()
    {
        Hub.CutAfter(Path, 300_000);
        await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File, _f.NewDownloader(most: 1)));
        var other = DownloadFixture.Bytes(1 << 20, seed: 2);
        Hub.Put(Path, other);
        Assert.Equal(Digest.Of(SHA256.HashData(other)), await _f.FetchAsync(File));
    }

    [Fact]
    public async Task APartOfAnotherVersionIsNotGluedOn()
    {
        var other = DownloadFixture.Bytes(1 << 20, seed: 2);
        Hub.CutAfter(Path, 300_000);
        Hub.Misbehave(
            Path,
            async (context, _) =>
            {
                // A careless server: it ignores If-Range.
                var from = (int)context.Request.GetTypedHeaders().Range!.Ranges.First().From!.Value;
                context.Response.StatusCode = 206;
                context.Response.Headers.ETag = ScriptedHub.TagOf(other);
                context.Response.Headers.ContentRange = $"bytes {from}-{other.Length - 1}/{other.Length}";
                await context.Response.Body.WriteAsync(other.AsMemory(from));
                Hub.Put(Path, other);
                return true;
            }
        );
        Assert.Equal(Digest.Of(SHA256.HashData(other)), await _f.FetchAsync(File));
    }

    [Fact]
    public async Task NothingLeftToSendIsNoError()
    {
        Hub.CutAfter(Path, _bytes.Length);
        await CheckAsync(await _f.FetchAsync(File));
    }

    [Fact]
    public async Task WhatIsFetchedIsHeldUntilItIsLetGo()
    {
        var digest = await _f.FetchAsync(File);
        Assert.Equal(0, _f.Leases.RemoveUnused(digest, static _ => 1));
        _f.Held.Dispose();
        Assert.Equal(1, _f.Leases.RemoveUnused(digest, static _ => 1));
    }

    [Fact]
    public async Task ATooShortFileIsAnErrorAndKept()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Hub.CutAfter(Path, 0);
        }

        var error = await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File));
        Assert.Equal(ErrorKind.Source, error.Kind);
        Assert.Contains("3 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFalseSizeIsNoticed()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File with { Size = 1000, Expected = Digest.Of(SHA256.HashData("x"u8)) }));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Empty(_f.Content.Ingests());
    }

    [Fact]
    public async Task AFalseDigestLeavesNothing()
    {
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File with { Expected = Digest.Of(SHA256.HashData("something else"u8)) }));
        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Empty(_f.Content.Ingests());
        Assert.Empty(_f.Content.Blobs());
    }

    [Fact]
    public async Task WhatIsThereAlreadyIsNotAskedFor()
    {
        var digest = await _f.FetchAsync(File);
        var before = Hub.Requests.Count;
        Assert.Equal(digest, await _f.FetchAsync(File with { Expected = digest }));
        Assert.Equal(before, Hub.Requests.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task AServerThatAsksToWaitIsWaitedFor(int status)
    {
        Hub.Answer(Path, status, ("Retry-After", "0"));
        await CheckAsync(await _f.FetchAsync(File));
        Assert.Contains(_f.Said, line => line.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Fact]
    public async Task AWaitThatIsTooLongIsNotWaited()
    {
        Hub.Answer(Path, 429, ("Retry-After", "86400"));
        var error = await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File));
        Assert.Equal(ErrorKind.Source, error.Kind);
        Assert.Contains("24 h", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, ErrorKind.NotFound)]
    [InlineData(401, ErrorKind.PermissionDenied)]
    [InlineData(403, ErrorKind.PermissionDenied)]
    [InlineData(400, ErrorKind.Source)]
    public async Task ARefusalIsNotRepeated(int status, ErrorKind kind)
    {
        Hub.Answer(Path, status);
        Assert.Equal(kind, (await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File))).Kind);
        Assert.Single(Hub.Requests);
    }

    [Fact]
    public async Task SilenceIsTakenForADeadConnection()
    {
        Hub.Misbehave(
            Path,
            async (context, content) =>
            {
                context.Response.ContentLength = content.Length;
                context.Response.Headers.ETag = ScriptedHub.TagOf(content);
                await context.Response.Body.WriteAsync(content.AsMemory(0, 1000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                return true;
            }
        );
        await CheckAsync(await _f.FetchAsync(File, _f.NewDownloader(stall: TimeSpan.FromMilliseconds(200))).WaitAsync(Patience));
        Assert.Contains(_f.Said, static line => line.Contains("no data received", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TwoThatWantTheSameFileFetchItOnce()
    {
        var gate = new TaskCompletionSource();
        Hub.Misbehave(
            Path,
            async (_, _) =>
            {
                await gate.Task;
                return false;
            }
        );
        var first = _f.FetchAsync(File);
        var second = _f.FetchAsync(File);
        gate.SetResult();
        Assert.Equal(await first, await second);
        Assert.Single(Hub.Requests);
        Assert.Contains(_f.Said, static line => line.EndsWith("waiting for job 0123456789ab", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatAnotherIsFetchingIsNotDiscarded()
    {
        var (reached, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        Hub.Misbehave(
            Path,
            async (_, _) =>
            {
                reached.SetResult();
                await gate.Task;
                return false;
            }
        );
        var running = _f.FetchAsync(File);
        await reached.Task.WaitAsync(Patience);
        _f.Downloader.Discard(File.Key);
        gate.SetResult();
        await CheckAsync(await running);
    }

    [Fact]
    public async Task ADiscardedFileIsGone()
    {
        Hub.CutAfter(Path, 300_000);
        await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File, _f.NewDownloader(most: 1)));
        Assert.NotEmpty(_f.Content.Ingests());
        _f.Downloader.Discard(File.Key);
        Assert.Empty(_f.Content.Ingests());
        Assert.Empty(Directory.EnumerateFiles(System.IO.Path.Combine(_f.Folder, "content", "ingest"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task ACredentialStaysWithItsHost()
    {
        Hub.Answer(Path, 302, ("Location", new Uri(Hub.Address, "/renamed/a.gguf").ToString()));
        Hub.Answer("/renamed/a.gguf", 307, ("Location", new Uri(Hub.OtherHost, "/storage/a.gguf").ToString()));
        Hub.Put("/storage/a.gguf", _bytes);
        await CheckAsync(await _f.FetchAsync(File with { Token = "secret" }));
        Assert.Equal(["Bearer secret", "Bearer secret", null], Hub.Requests.Select(static request => request.Authorization));
        Assert.Equal("127.0.0.2", Hub.Requests.Last().Host);
    }

    [Fact]
    public async Task CirclesAreLeft()
    {
        for (var hop = 0; hop < 20; hop++)
        {
            Hub.Answer(Path, 302, ("Location", Path));
        }

        Assert.Contains("too many redirects", (await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgressNeverGoesBack()
    {
        Hub.CutAfter(Path, 600_000);
        Hub.Misbehave(
            Path,
            async (context, content) =>
            {
                context.Response.ContentLength = content.Length;
                await context.Response.Body.WriteAsync(content);
                return true;
            }
        );
        await _f.FetchAsync(File);
        Assert.NotEmpty(_f.Progress);
        Assert.Equal(_f.Progress.Select(static transfer => transfer.Done).Order(), _f.Progress.Select(static transfer => transfer.Done));
        Assert.Equal(_bytes.Length, _f.Progress[^1].Done);
    }

    [Fact]
    public async Task ABootLaterOnlyWhatWasOnDiskCounts()
    {
        Hub.CutAfter(Path, 400_000);
        await Assert.ThrowsAsync<EngineException>(() => _f.FetchAsync(File, _f.NewDownloader(most: 1)));
        var state = ResumeState.Load(ResumeState.PathOf(_f.Content, File.Key))!;
        (state with { Boot = "another", Flushed = 1000 }).Save(ResumeState.PathOf(_f.Content, File.Key));
        await CheckAsync(await _f.FetchAsync(File));
        Assert.Equal("bytes=1000-", Hub.Requests.Last().Range);
    }

    private async Task CheckAsync(Digest digest)
    {
        Assert.Equal(Digest.Of(SHA256.HashData(_bytes)), digest);
        Assert.Equal(_bytes, await System.IO.File.ReadAllBytesAsync(_f.Content.BlobPath(digest)));
        Assert.Empty(_f.Content.Ingests());
    }
}
