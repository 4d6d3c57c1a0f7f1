using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Ilab.Integration.Tests;

/// <summary>Those who ask, and what they see of the end.</summary>
public sealed partial class EnduranceTests
{
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

    private Task AskManyAsync(HttpClient client, int count) =>
        ForEachAsync(count, async number => Assert.Equal(2, await AskAsync(client, $"{number % 50}", 2)));

    /// <summary>Eight at a time.</summary>
    private static async Task ForEachAsync(int count, Func<int, Task> act)
    {
        var numbers = new ConcurrentQueue<int>(Enumerable.Range(0, count));
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    while (numbers.TryDequeue(out var number))
                    {
                        await act(number);
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
