using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// Many requests, connections and ends of connections, of which nothing may be left behind. <c>ILAB_TEST_ENDURANCE=1</c> for full lengths: 100,000 requests,
/// 500 idle connections with 200 queued requests, 50 streams at a <c>kill -9</c>, 10,000 resets.
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class EnduranceTests : IAsyncLifetime
{
    private const long MostGrowth = 64_000_000;
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
        var half = IsLong ? 50_000 : 250;
        using var client = Client(8);
        await AskManyAsync(client, half);
        var before = Memory();
        await AskManyAsync(client, half);
        Assert.InRange(Memory() - before, long.MinValue, MostGrowth);
        await IsWellAsync();
    }

    [Fact]
    public async Task IdleConnectionsAndAFullQueueAreBornAndNothingIsLost()
    {
        await AskAsync(Client(1), "warm", 1);
        var before = Memory();
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
            Assert.InRange(Memory() - before, long.MinValue, 2 * MostGrowth);

            // Those that did nothing are as good as new ones.
            await idle[0].GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), _deadline.Token);
            Assert.StartsWith("HTTP/1.1 200", await ReadAsync(idle[0]), StringComparison.Ordinal);
        }
        finally
        {
            idle.ForEach(static one => one.Dispose());
        }

        await IsWellAsync();
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
    }

    [Fact]
    public async Task ResetsOfHttp2LeaveNothingBehind()
    {
        var token = (await _ilab.RunAsync("token", "create")).Expect(0).Output.Trim();
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = _grpc };
        var half = IsLong ? 5_000 : 200;
        await ResetAsync(client, token, half);
        var before = Memory();
        await ResetAsync(client, token, half);
        Assert.InRange(Memory() - before, long.MinValue, MostGrowth);
        (await _ilab.RunAsync("version", "--url", $"tcp://{_grpc.Authority}")).Expect(0);
        await IsWellAsync();
    }

    private static HttpClient Client(int connections) => new(new SocketsHttpHandler { MaxConnectionsPerServer = connections }) { Timeout = Patience };

    private async Task StartAsync()
    {
        await _ilab.StartAsync("--http", Address(_http), "--grpc", Address(_grpc), "--threads", "1", "--accelerator", "off");
        _http = new Uri((await _ilab.LogLineAsync("HTTP APIs at ")).Split(' ')[^1]);
        _grpc = new Uri((await _ilab.LogLineAsync("gRPC at ")).Split(' ')[^1].Replace("tcp:", "http:", StringComparison.Ordinal));

        static string Address(Uri known) => $"127.0.0.1:{(known.IsDefaultPort ? 0 : known.Port)}"; // a restarted service is where the first one was
    }

    /// <summary>Starts a client and returns when its answer has begun.</summary>
    private async Task<StreamingClient> BeginAsync(string[] command)
    {
        var client = new StreamingClient(_ilab.Start([], command));
        while (client.Length == 0)
        {
            await Task.Delay(5, _deadline.Token);
        }

        return client;
    }

    private async Task AskManyAsync(HttpClient client, int count)
    {
        var numbers = new ConcurrentQueue<int>(Enumerable.Range(0, count));
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    while (numbers.TryDequeue(out var number))
                    {
                        Assert.Equal(2, await AskAsync(client, $"{number % 50}", 2));
                    }
                })
        );
    }

    /// <returns>Tokens of the answer.</returns>
    private async Task<int> AskAsync(HttpClient client, string prompt, int tokens)
    {
        using var answer = await client.PostAsync(new Uri(_http, "/v1/completions"), Body("tiny", prompt, tokens, stream: false), _deadline.Token);
        var text = await answer.Content.ReadAsStringAsync(_deadline.Token);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return (int)JsonNode.Parse(text)!["usage"]!["completion_tokens"]!;
    }

    private async Task IsWellAsync()
    {
        using var client = Client(1);
        Assert.Equal("""{"status":"ready"}""", await client.GetStringAsync(new Uri(_http, "/ready"), _deadline.Token));
    }

    private async Task<StreamEnd> ReadStreamAsync(HttpClient client, CountdownEvent begun)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_http, "/v1/completions")) { Content = Body("slow", "Once", 600, stream: true) };
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _deadline.Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(_deadline.Token));
        var isDone = false;
        begun.Signal();
        try
        {
            while (await reader.ReadLineAsync(_deadline.Token) is { } line)
            {
                isDone |= line == "data: [DONE]";
            }

            return isDone ? StreamEnd.Done : StreamEnd.CutOff;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return StreamEnd.Broken;
        }
    }

    /// <returns>Whether the answer is whole JSON; null = the client saw an error.</returns>
    private async Task<bool?> ReadWholeAsync(HttpClient client, CountdownEvent begun)
    {
        begun.Signal();
        try
        {
            using var answer = await client.PostAsync(new Uri(_http, "/v1/completions"), Body("slow", "Once", 600, stream: false), _deadline.Token);
            return answer.StatusCode != HttpStatusCode.OK
                ? null
                : JsonNode.Parse(await answer.Content.ReadAsStringAsync(_deadline.Token))!["usage"] is not null;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return null;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static StringContent Body(string model, string prompt, int tokens, bool stream) =>
        new(
            new JsonObject
            {
                ["model"] = model,
                ["prompt"] = prompt,
                ["max_tokens"] = tokens,
                ["temperature"] = 0,
                ["stream"] = stream,
            }.ToJsonString(),
            Encoding.UTF8,
            "application/json"
        );

    /// <summary>Sends a header a byte at a time until the service has had enough.</summary>
    private async Task<string> DripAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_http.Host, _http.Port, _deadline.Token);
        try
        {
            await client.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\nX: "u8.ToArray(), _deadline.Token);
            var answer = ReadAsync(client);
            while (!answer.IsCompleted)
            {
                await client.GetStream().WriteAsync("x"u8.ToArray(), _deadline.Token);
                await Task.WhenAny(answer, Task.Delay(500, _deadline.Token));
                _deadline.Token.ThrowIfCancellationRequested();
            }

            return await answer;
        }
        catch (IOException)
        {
            return ""; // closed while a byte was on its way
        }
    }

    private async Task<string> ReadAsync(TcpClient client)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        try
        {
            return await reader.ReadToEndAsync(_deadline.Token);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Begins calls and resets their streams, some at once and some after the first bytes of the answer.</summary>
    private async Task ResetAsync(HttpClient client, string token, int count)
    {
        for (var number = 0; number < count; number++)
        {
            using var stop = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Post, "/ilab.v1.InferenceService/Activity")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(new byte[5]),
            };
            request.Headers.Add("te", "trailers");
            request.Headers.Authorization = new("Bearer", token);
            request.Content.Headers.ContentType = new("application/grpc");
            var sent = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            try
            {
                if (number % 4 == 0)
                {
                    (await sent).Dispose();
                    continue;
                }

                await Task.Yield();
                await stop.CancelAsync();
                (await sent).Dispose();
            }
            catch (OperationCanceledException)
            {
                // That is what it was for.
            }
        }
    }

    /// <summary>Resident bytes of the service and its runners.</summary>
    private long Memory() =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(static folder => int.TryParse(Path.GetFileName(folder), out _))
            .Sum(folder =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(_ilab.Root, StringComparison.Ordinal)
                        ? long.Parse(File.ReadAllText(Path.Combine(folder, "statm")).Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize
                        : 0;
                }
                catch (IOException)
                {
                    return 0; // it ended meanwhile
                }
            });

    /// <summary>A client that prints tokens as they come.</summary>
    private sealed class StreamingClient
    {
        private readonly Process _process;
        private readonly StringBuilder _text = new();
        private readonly Task _reading;

        public StreamingClient(Process process)
        {
            _process = process;
            process.StandardInput.Close();
            _reading = ReadAsync();
        }

        /// <summary>Characters so far.</summary>
        public int Length
        {
            get
            {
                lock (_text)
                {
                    return _text.Length;
                }
            }
        }

        public async Task<string> EndAsync(CancellationToken cancellationToken)
        {
            await _reading.WaitAsync(cancellationToken);
            await _process.WaitForExitAsync(cancellationToken);
            Assert.True(_process.ExitCode == 0, await _process.StandardError.ReadToEndAsync(cancellationToken));
            _process.Dispose();
            return _text.ToString();
        }

        private async Task ReadAsync()
        {
            var buffer = new char[1024];
            while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
            {
                lock (_text)
                {
                    _text.Append(buffer, 0, count);
                }
            }
        }
    }

    private enum StreamEnd
    {
        /// <summary>All of it came.</summary>
        Done,

        /// <summary>The connection broke, and the client saw it.</summary>
        Broken,

        /// <summary>It ended as if that were all.</summary>
        CutOff,
    }
}
