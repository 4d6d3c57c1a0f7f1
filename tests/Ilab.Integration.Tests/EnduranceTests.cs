using System.Diagnostics;
using System.Net.Sockets;
using Ilab.Testing;
using Ilab.Testing.Models;
using Xunit.Abstractions;

namespace Ilab.Integration.Tests;

/// <summary>
/// Many requests, connections and ends of connections, of which nothing may be left behind. <c>ILAB_TEST_ENDURANCE=1</c> for full lengths: 100,000 requests,
/// 500 idle connections with 200 queued requests, 50 streams at a <c>kill -9</c>, 500 slow senders, 10,000 resets, 20,000 bad requests. What was measured is
/// in the output.
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed partial class EnduranceTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const long MostGrowth = 64_000_000,
        MoreHandles = 40; // connections that are kept for the next request, and threads' own
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("ILAB_TEST_ENDURANCE") == "1";
    private static readonly TimeSpan Patience = IsLong ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(5);

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();
    private readonly CancellationTokenSource _deadline = new(Patience);
    private Uri _http = new("http://localhost");
    private Uri _grpc = new("http://localhost");

    public async Task InitializeAsync()
    {
        _ilab.WritePolicy("http.loopback = admin");
        await StartAsync();
        var slow = new LlamaShape(256, 768, 8, 8, 2048, ContextLength: 2048, Counts: true);
        foreach (var (name, shape) in new[] { ("tiny", LlamaShape.Talkative), ("slow", slow) })
        {
            var file = Path.Combine(_ilab.Root, $"{name}.gguf");
            RandomLlama.Write(file, shape, name);
            (await _ilab.RunAsync("model", "import", file, "--name", name)).Expect(0);
        }
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _deadline.Dispose();
        _compute.Dispose();
    }

    [Fact]
    public async Task NothingGrowsWithRequests()
    {
        var part = IsLong ? 25_000 : 250;
        using var client = Client(8);
        await MeasureAsync(() => AskManyAsync(client, part));
        await IsWellAsync();
    }

    [Fact]
    public async Task IdleConnectionsAndAFullQueueAreBornAndNothingIsLost()
    {
        await AskAsync(Client(1), "warm", 1);
        var before = Use("before");
        var idle = new List<TcpClient>();
        try
        {
            for (var connection = 0; connection < (IsLong ? 500 : 100); connection++)
            {
                var one = new TcpClient();
                await one.ConnectAsync(_http.Host, _http.Port, _deadline.Token);
                idle.Add(one);
            }

            using var client = Client(int.MaxValue);
            var answers = await Task.WhenAll(Enumerable.Range(0, IsLong ? 200 : 40).Select(number => AskAsync(client, $"request {number}", 8)));
            Assert.All(answers, static tokens => Assert.Equal(8, tokens));
            Assert.InRange((Use("with all of them") - before).Memory, long.MinValue, 2 * MostGrowth);

            // Those that did nothing are as good as new ones.
            await idle[0].GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), _deadline.Token);
            Assert.StartsWith("HTTP/1.1 200", await ReadAsync(idle[0]), StringComparison.Ordinal);
        }
        finally
        {
            idle.ForEach(static one => one.Dispose());
        }

        await IsWellAsync();
        await HandlesAreBackAsync(before);
    }

    [Fact]
    public async Task AKilledServiceLosesNoAnswerOfOurClientsAndOthersNoticeIt()
    {
        var count = IsLong ? 25 : 4;
        string[] Command(int one) =>
            ["model", "inference", "--model-name", "slow", "--prompt", $"{(char)('a' + one)}", "--max-length", "600", "--temperature", "0"];
        var expected = new List<string>();
        for (var one = 0; one < count; one++)
        {
            expected.Add((await _ilab.RunAsync(Command(one))).Expect(0).Output);
        }

        Assert.Equal(count, expected.Distinct().Count());
        var ours = await Task.WhenAll(Enumerable.Range(0, count).Select(one => BeginAsync([.. Command(one), "--stream"])));
        using var http = Client(int.MaxValue);
        var begun = new CountdownEvent(2 * count);
        var streams = Enumerable.Range(0, count).Select(_ => ReadStreamAsync(http, begun)).ToList();
        var whole = Enumerable.Range(0, count).Select(_ => ReadWholeAsync(http, begun)).ToList();
        while (!begun.IsSet)
        {
            await Task.Delay(10, _deadline.Token);
        }

        await _ilab.KillAsync();
        Assert.All(await Task.WhenAll(streams), static ended => Assert.True(ended is StreamEnd.Broken or StreamEnd.Done, ended.ToString()));
        Assert.Contains(StreamEnd.Broken, streams.Select(static stream => stream.Result));
        Assert.All(await Task.WhenAll(whole), static isWhole => Assert.True(isWhole is null or true, "half an answer was taken for a whole one"));
        await StartAsync();
        Assert.Equal(expected, await Task.WhenAll(ours.Select(client => client.EndAsync(_deadline.Token))));
        await IsWellAsync();
    }

    [Fact]
    public async Task ThoseWhoSendSlowlyKeepNobodyElseWaiting()
    {
        var before = Use("before");
        var slow = Enumerable.Range(0, IsLong ? 500 : 50).Select(_ => DripAsync()).ToList();
        var asked = Stopwatch.StartNew();
        while (asked.Elapsed < TimeSpan.FromSeconds(3))
        {
            await IsWellAsync();
        }

        // 15 seconds for the headers, and some more on a busy machine.
        Assert.All(
            await Task.WhenAll(slow),
            static answer => Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer)
        );
        await IsWellAsync();
        await HandlesAreBackAsync(before);
    }

    [Fact]
    public async Task ResetsOfHttp2LeaveNothingBehind()
    {
        var token = (await _ilab.RunAsync("token", "create")).Expect(0).Output.Trim();
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = _grpc };
        var part = IsLong ? 2_500 : 200;
        await MeasureAsync(() => ResetAsync(client, token, part));
        (await _ilab.RunAsync("version", "--url", $"tcp://{_grpc.Authority}")).Expect(0);
        await IsWellAsync();
    }

    /// <summary>Does the same several times: what is needed once is there before the last time, which adds nothing.</summary>
    private async Task MeasureAsync(Func<Task> act)
    {
        var watch = Stopwatch.StartNew();
        ServiceUse before = default,
            last = default;
        for (var time = 0; time < (IsLong ? 4 : 2); time++)
        {
            await act();
            (before, last) = (last, Use($"after {watch.Elapsed.TotalSeconds:F0} s"));
        }

        Assert.InRange((last - before).Memory, long.MinValue, MostGrowth);
        await HandlesAreBackAsync(before);
    }

    /// <summary>A connection that a client has closed is gone a moment later.</summary>
    private async Task HandlesAreBackAsync(ServiceUse before)
    {
        var watch = Stopwatch.StartNew();
        while ((ServiceUse.Of(_ilab.Root) - before).Handles > MoreHandles && watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(50, _deadline.Token);
        }

        Assert.InRange((Use("at the end") - before).Handles, long.MinValue, MoreHandles);
    }

    private ServiceUse Use(string when)
    {
        var use = ServiceUse.Of(_ilab.Root);
        output.WriteLine($"{when}: {use}");
        return use;
    }
}
