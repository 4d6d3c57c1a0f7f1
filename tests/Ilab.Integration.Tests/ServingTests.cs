using System.Diagnostics;
using System.Text.Json.Nodes;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A model that is served for good, and what it is doing, as its users and who runs it see it.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--http", "127.0.0.1:0", "--threads", "1");
        foreach (var (name, shape) in new[] { ("served", LlamaShape.Talkative), ("busy", new LlamaShape(256, 768, 8, 8, 2048, ContextLength: 16384)) })
        {
            var file = Path.Combine(_ilab.Root, $"{name}.gguf");
            RandomLlama.Write(file, shape, name);
            (await _ilab.RunAsync("model", "import", file, "--name", name)).Expect(0);
        }
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task AServedModelStaysAndIsCalledAsItSays()
    {
        var said = (await _ilab.RunAsync("serve", "served")).Expect(0).Output;
        Assert.Contains("served:latest is loaded and stays so", said, StringComparison.Ordinal);
        Assert.Contains($"unix://{_ilab.Socket}", said, StringComparison.Ordinal);
        var http = (await _ilab.RunAsync("model", "serve", "served", "--format", "{{.Http}}")).Expect(0).Output.Trim();
        Assert.Contains($"OPENAI_BASE_URL={http}/v1", said, StringComparison.Ordinal);

        // The lines as a shell runs them.
        var script = Path.Combine(_ilab.Root, "call.sh");
        var lines = said.Split('\n')
            .Where(static line => line.StartsWith("OpenAI", StringComparison.Ordinal) || line.StartsWith("     ", StringComparison.Ordinal));
        await File.WriteAllTextAsync(
            script,
            $"set -e\nilab() {{ {_ilab.Client} \"$@\"; }}\n{string.Join('\n', lines.Select(static line => line["OpenAI      ".Length..]))}\n"
        );
        using var shell = _ilab.StartProgram("bash", script);
        shell.StandardInput.Close();
        var answer = await shell.StandardOutput.ReadToEndAsync();
        Assert.True(answer.Contains("chat.completion", StringComparison.Ordinal), answer + await shell.StandardError.ReadToEndAsync());

        Assert.Equal("pinned", await UntilAsync());
        (await _ilab.RunAsync("model", "inference", "--model-name", "served", "--prompt", "a", "--max-length", "2", "--keep-alive", "0")).Expect(0);
        Assert.Equal("pinned", await UntilAsync());
        (await _ilab.RunWithAsync("Hi.\n", [], "chat", "served", "--max-length", "2")).Expect(0);
        Assert.Equal("served:latest\n", (await _ilab.RunAsync("model", "serve", "--unpin", "served")).Expect(0).Output);
        Assert.DoesNotContain("pinned", (await _ilab.RunAsync("model", "ps")).Expect(0).Output, StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "serve", "--unpin", "nothing")).Expect(127);
    }

    [Fact]
    public async Task KeepAliveZeroReleasesTheMemoryAtOnce()
    {
        (await _ilab.RunAsync("model", "load", "served")).Expect(0);
        var pid = (int)JsonNode.Parse((await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output)![0]!["Pid"]!;
        (await _ilab.RunAsync("model", "inference", "--model-name", "served", "--prompt", "a", "--max-length", "2", "--keep-alive", "0")).Expect(0);
        var waited = Stopwatch.StartNew();
        while (Directory.Exists($"/proc/{pid}"))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), "the model is still there");
            await Task.Delay(20);
        }

        Assert.Contains("its memory is released at once", (await _ilab.RunAsync("model", "inference", "--help")).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TopShowsWhatAModelIsDoing()
    {
        Assert.Equal("[]", (await _ilab.RunAsync("model", "top", "--no-stream", "--format", "json")).Expect(0).Output.Trim());
        using var asks = _ilab.Start([], "model", "inference", "--model-name", "busy", "--prompt", "a", "--max-length", "100000");
        asks.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var output = (await _ilab.RunAsync("model", "top", "--no-stream", "--interval", "0.3", "--format", "json")).Expect(0).Output;
            if (JsonNode.Parse(output)!.AsArray() is [{ } top] && (double?)top["GeneratedRate"] > 0 && (int)top["Running"]! == 1)
            {
                Assert.Equal(("busy:latest", 0), ((string?)top["Name"], (int)top["Waiting"]!));
                Assert.InRange((long)top["CacheUsed"]!, 1, (long)top["CacheCells"]!);
                Assert.InRange((long)top["Resident"]!, 1 << 20, 16L << 30);
                break;
            }

            Assert.False(asks.HasExited, "the answer ended before it was seen");
            await Task.Delay(50, deadline.Token);
        }

        var lines = (await _ilab.RunAsync("top", "--no-stream")).Expect(0).Output.Split('\n');
        Assert.Matches(@"^NAME +TOKENS/S +PROMPT/S +SLOTS +QUEUE +KV +THREADS +MEMORY +DEVICE +STATE", lines[0]);
        Assert.Matches(@"^busy:latest +\d+(\.\d)? +\S+ +1/32 +0 +\d+/\d+ \(\d+ %\) +1/1", lines[1]);

        // As a stream: one table after another, until somebody has seen enough.
        using var stream = _ilab.Start([], "model", "top", "--interval", "0.1", "--noheading");
        for (var table = 0; table < 3; table++)
        {
            Assert.StartsWith("busy:latest", await stream.StandardOutput.ReadLineAsync(deadline.Token), StringComparison.Ordinal);
        }

        stream.Kill();
        asks.Kill();
    }

    [Fact]
    public async Task TheMemoryOfEmbeddingsIsReservedOnceTheyAreMade()
    {
        (await _ilab.RunAsync("model", "load", "busy")).Expect(0);
        var before = await MemoryAsync();
        (await _ilab.RunAsync("model", "embed", "busy", "a text")).Expect(0);
        var waited = Stopwatch.StartNew();
        while (await MemoryAsync() <= before)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), "the context for embeddings is not counted");
            await Task.Delay(50);
        }
    }

    [Theory]
    [InlineData("interactive", 0)]
    [InlineData("batch", 0)]
    [InlineData("urgent", 2)]
    public async Task PriorityIsAnOption(string priority, int exitCode) =>
        (await _ilab.RunAsync("model", "inference", "--model-name", "served", "--prompt", "a", "--max-length", "2", "--priority", priority)).Expect(exitCode);

    private async Task<long> MemoryAsync() => (long)JsonNode.Parse((await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output)![0]!["Memory"]!;

    private async Task<string> UntilAsync()
    {
        var row = (await _ilab.RunAsync("model", "ps", "--noheading")).Expect(0).Output.Trim();
        return row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
    }
}
