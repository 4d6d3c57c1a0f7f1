using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Ilab.Integration.Tests;

/// <summary>What is wrong, a thousand times: each is answered as the first one was, and nothing of it stays.</summary>
public sealed partial class EnduranceTests
{
    private const string Asked = """ "prompt":"a","input":"a","query":"a","documents":["b"],"max_tokens":1,"messages":[{"role":"user","content":"a"}] """;
    private static readonly string[] Apis = ["/v1/completions", "/v1/chat/completions", "/v1/messages", "/api/generate", "/api/chat"];
    private static readonly string[] OfModels = [.. Apis, "/v1/embeddings", "/v1/rerank", "/api/embed", "/api/show"];

    /// <summary>Path, body and status.</summary>
    private static readonly (string Path, byte[] Body, int Status)[] Requests =
    [
        .. OfModels.Select(static path => Of(path, $$"""{"model":"nope",{{Asked}}}""", 404)),
        .. OfModels.Select(static path => Of(path, """{"model":""", 400)),
        .. OfModels.Select(static path => Of(path, "[" + new string('[', 5_000), 400)),
        .. OfModels.Select(static path => (path, Encoding.Latin1.GetBytes("{\"model\":\"tiny\",\"prompt\":\"\u00ff\u00fe\"}"), 400)),
        Of("/v1/completions", """{"model":"tiny","prompt":{"a":1}}""", 400),
        Of("/v1/completions", """{"model":"tiny","prompt":"a","max_tokens":"many"}""", 400),
        Of("/v1/completions", """{"model":"tiny","prompt":"a","temperature":[]}""", 400),
        Of("/v1/chat/completions", """{"model":5,"messages":"x"}""", 400),
        Of("/v1/embeddings", """{"model":"tiny","input":[{}]}""", 400),
        Of("/v1/messages", """{"model":"tiny","max_tokens":"x","messages":[]}""", 400),
        Of("/api/generate", """{"model":"tiny","prompt":7}""", 400),
        Of("/api/generate", """{"model":"tiny","prompt":"a","images":["!!"]}""", 400),
        Of("/v1/messages", Image("""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"!!"}}"""), 400),
        Of("/v1/chat/completions", Image("""{"type":"image_url","image_url":{"url":"data:image/png;base64,!!"}}"""), 400),
        Of("/v1/completions", $$"""{"model":"tiny","prompt":"{{string.Concat(Enumerable.Repeat("word ", 3_000))}}","max_tokens":1}""", 400),
    ];

    /// <summary>What is sent as it is, and the statuses of the answers.</summary>
    private static readonly (string Bytes, string Statuses)[] Wire =
    [
        ("nonsense\r\n\r\n", "400"),
        ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "400"),
        ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n", "400"),
        ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", "413"),
        ($"GET /health HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 40_000)}\r\n\r\n", "431"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nope HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "200 404"),
    ];

    [Fact]
    public async Task WhatIsWrongLeavesNothingBehind()
    {
        await AskAsync(Client(1), "warm", 1);
        using var client = Client(8);
        await MeasureAsync(() => SendWrongAsync(client, IsLong ? 5_000 : 150));
        Assert.Equal(2, await AskAsync(client, "as ever", 2));
        await IsWellAsync();
    }

    private static (string Path, byte[] Body, int Status) Of(string path, string body, int status) => (path, Encoding.UTF8.GetBytes(body), status);

    private static string Image(string part) => $$"""{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":[{{part}}]}]}""";

    private Task SendWrongAsync(HttpClient client, int count) =>
        ForEachAsync(
            count,
            async number =>
            {
                var kind = number % (Requests.Length + Wire.Length);
                if (kind >= Requests.Length)
                {
                    var (bytes, statuses) = Wire[kind - Requests.Length];
                    Assert.Equal(statuses, await StatusesAsync(bytes));
                    return;
                }

                var (path, body, status) = Requests[kind];
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await client.PostAsync(new Uri(_http, path), content, _deadline.Token);
                var said = await answer.Content.ReadAsStringAsync(_deadline.Token);
                Assert.True(status == (int)answer.StatusCode, $"{path}, request {kind}: {(int)answer.StatusCode} {said}");
                Assert.Contains("\"error\"", said, StringComparison.Ordinal);
            }
        );

    private async Task<string> StatusesAsync(string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_http.Host, _http.Port, _deadline.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(bytes), _deadline.Token);
        return string.Join(' ', (await ReadAsync(client)).Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..3]));
    }
}
