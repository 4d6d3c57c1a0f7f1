using System.Diagnostics;
using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>Downloads with the real client and service, from a hub on loopback.</summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private const string Path = "/models/small.gguf";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly IlabInstallation _ilab = new();
    private ScriptedHub _hub = null!;
    private byte[] _bytes = [];

    private string Url => new Uri(_hub.Address, Path).ToString();

    public async Task InitializeAsync()
    {
        _hub = await ScriptedHub.StartAsync();
        var file = System.IO.Path.Combine(_ilab.Root, "small.gguf");
        RandomLlama.Write(file, new LlamaShape(64, 128, 2, 2, 512, 512), "small");
        _bytes = await File.ReadAllBytesAsync(file);
        _hub.Put(Path, _bytes);
        await _ilab.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task ADownloadEndsWithAModel()
    {
        var result = (await _ilab.RunAsync("pull", Url, "--name", "fetched")).Expect(0);
        Assert.Contains("fetched", result.Output, StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "exists", "fetched")).Expect(0);
        var inspected = JsonDocument.Parse((await _ilab.RunAsync("model", "inspect", "fetched")).Expect(0).Output).RootElement[0];
        Assert.Contains(Path, inspected.GetProperty("Source").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KilledInTheMiddleItGoesOnWhereItWas()
    {
        var reached = Pause(after: 50_000);
        var id = (await _ilab.RunAsync("model", "download", Url, "--name", "fetched", "-d")).Expect(0).Output.Trim();
        await reached.WaitAsync(Patience);
        await PartialAsync();
        await _ilab.KillAsync();
        await _ilab.StartAsync();
        (await _ilab.RunAsync("job", "attach", id)).Expect(0);
        (await _ilab.RunAsync("model", "exists", "fetched")).Expect(0);
        Assert.StartsWith("bytes=", _hub.Requests.Last().Range, StringComparison.Ordinal);
        Assert.NotEqual("bytes=0-", _hub.Requests.Last().Range);
    }

    [Fact]
    public async Task CancelledItLeavesNothing()
    {
        var reached = Pause(after: 50_000);
        var id = (await _ilab.RunAsync("model", "download", Url, "-d")).Expect(0).Output.Trim();
        await reached.WaitAsync(Patience);
        (await _ilab.RunAsync("job", "cancel", id)).Expect(0);
        (await _ilab.RunAsync("job", "wait", id)).Expect(130);
        Assert.Empty(Directory.EnumerateFiles(System.IO.Path.Combine(_ilab.Root, "store", "content", "ingest"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task InterruptingTheClientDetachesIt()
    {
        var reached = Pause(after: 50_000);
        using var client = _ilab.Start([], "model", "download", Url, "--name", "fetched");
        client.StandardInput.Close();
        await reached.WaitAsync(Patience);
        using (var kill = Process.Start("kill", ["-INT", $"{client.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        using var deadline = new CancellationTokenSource(Patience);
        var error = await client.StandardError.ReadToEndAsync(deadline.Token);
        await client.WaitForExitAsync(deadline.Token);
        Assert.Equal(130, client.ExitCode);
        Assert.Contains("ilab job attach", error, StringComparison.Ordinal);
        var running = JsonDocument.Parse((await _ilab.RunAsync("job", "ls", "--format", "json")).Expect(0).Output).RootElement;
        Assert.Single(running.EnumerateArray());
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    public async Task ARefusalIsOneLine(int status)
    {
        _hub.Answer(Path, status);
        var result = await _ilab.RunAsync("model", "download", Url);
        Assert.Equal(1, result.Error.Split('\n').Count(static line => line.StartsWith("Error:", StringComparison.Ordinal)));
        Assert.Equal(1, result.ExitCode); // whatever it was that the job failed of
    }

    [Fact]
    public async Task WhatIsNoModelIsNotKept()
    {
        _hub.Put(Path, "<html>please log in</html>"u8.ToArray());
        var result = await _ilab.RunAsync("model", "download", Url);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{System.IO.Path.GetFileName(Path)}: not a GGUF file", result.Error, StringComparison.Ordinal);
        Assert.Equal("[]", (await _ilab.RunAsync("model", "ls", "--format", "json")).Output.Trim());
    }

    [Fact]
    public async Task TheHubsNamesWork()
    {
        _hub.Put(
            "/api/models/org/repo/tree/main",
            JsonSerializer.SerializeToUtf8Bytes(
                new[]
                {
                    new
                    {
                        type = "file",
                        path = "small.Q8_0.gguf",
                        size = _bytes.Length,
                    },
                }
            )
        );
        _hub.Put("/org/repo/resolve/main/small.Q8_0.gguf", _bytes);
        await _ilab.RunAsync("system", "stop");
        Environment.SetEnvironmentVariable("HF_ENDPOINT", _hub.Address.ToString());
        try
        {
            await _ilab.StartAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_ENDPOINT", null);
        }

        (await _ilab.RunAsync("model", "download", "org/repo:Q8_0")).Expect(0);
        (await _ilab.RunAsync("model", "exists", "repo:q8_0")).Expect(0);
    }

    /// <summary>Returns when the service has written something.</summary>
    private async Task PartialAsync()
    {
        var folder = new DirectoryInfo(System.IO.Path.Combine(_ilab.Root, "store", "content", "ingest"));
        using var deadline = new CancellationTokenSource(Patience);
        while (!folder.EnumerateFiles().Any(static file => file.Length > 0))
        {
            deadline.Token.ThrowIfCancellationRequested();
            await _ilab.RunAsync("job", "ls");
        }
    }

    /// <summary>The hub sends so many bytes and then nothing more, until the connection goes.</summary>
    private Task Pause(int after)
    {
        var reached = new TaskCompletionSource();
        _hub.Misbehave(
            Path,
            async (context, content) =>
            {
                context.Response.ContentLength = content.Length;
                context.Response.Headers.ETag = ScriptedHub.TagOf(content);
                await context.Response.Body.WriteAsync(content.AsMemory(0, after));
                await context.Response.Body.FlushAsync();
                reached.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                return true;
            }
        );
        return reached.Task;
    }
}
