using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Requests as bytes: what no client library sends, and what a service has to bear.</summary>
[Collection(HttpService.Collection)]
public sealed class WireTests(HttpService service)
{
    private const string Get = "GET /health HTTP/1.1\r\nHost: localhost\r\n";

    [Fact]
    public async Task PipelinedRequestsAreAnsweredInTheirOrder()
    {
        var answers = await SendAsync(Get + "\r\nGET /nope HTTP/1.1\r\nHost: localhost\r\n\r\n" + Get + "Connection: close\r\n\r\n");
        Assert.Equal(["200", "404", "200"], Statuses(answers));
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\n\r\n", "400")] // without a host
    [InlineData("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400")]
    [InlineData("GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n", "505")]
    [InlineData("nonsense\r\n\r\n", "400")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "400")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, nonsense\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", "400")]
    [InlineData(
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            + "GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "400"
    )]
    [InlineData(
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "400"
    )]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n", "400")]
    [InlineData(
        "POST /api/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000 HTTP/1.1\r\n"
            + "Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
        "400"
    )]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n", "403")]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: https://attacker.example\r\nConnection: close\r\n\r\n", "403")]
    [InlineData("OPTIONS /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405")]
    public async Task WhatIsNoProperRequestIsRefused(string request, string status) => Assert.Equal(status, Assert.Single(Statuses(await SendAsync(request))));

    [Fact]
    public async Task ARequestWithoutAHostIsThatOfAnOldProgram() => Assert.Equal("200", Statuses(await SendAsync("GET /health HTTP/1.0\r\n\r\n"))[0]);

    [Fact]
    public async Task WhatIsSaidOfARequestIsShort()
    {
        var (status, json) = await service.PostAsync("/v1/completions", $$"""{"model":"{{new string('m', 100_000)}}","prompt":"a"}""");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, status);
        Assert.InRange(((string)json["error"]!["message"]!).Length, 100, 1003);
    }

    [Fact]
    public async Task HeadersAreBounded() => Assert.Equal("431", Statuses(await SendAsync(Get + "X: " + new string('x', 40_000) + "\r\n\r\n"))[0]);

    [Theory]
    [InlineData("Content-Length: 99999999999")]
    [InlineData("Content-Length: 40000000\r\nExpect: 100-continue")]
    public async Task ABodyThatIsTooLargeIsRefusedBeforeItIsSent(string header)
    {
        var answer = await SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n");
        Assert.Equal("413", Statuses(answer)[0]);
        Assert.Contains("\"error\":{\"message\":", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHeadRequestHasTheHeadersAlone()
    {
        var answer = await SendAsync(Get.Replace("GET", "HEAD", StringComparison.Ordinal) + "Connection: close\r\n\r\n");
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 15\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheServiceIsReadyAndAPageOfThisMachineMayReadErrors()
    {
        Assert.Equal("""{"status":"ready"}""", await service.Client.GetStringAsync("/ready"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent("{") };
        request.Headers.Add("Origin", "http://localhost:5173");
        using var answer = await service.Client.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal("http://localhost:5173", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal(new MediaTypeHeaderValue("application/json", "utf-8"), answer.Content.Headers.ContentType);
    }

    [Fact]
    public async Task NothingOfGrpcIsServedHere()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/ilab.v1.ModelService/List") { Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var answer = await service.Client.SendAsync(request);
        Assert.Equal(404, (int)answer.StatusCode);
    }

    private async Task<string> SendAsync(string bytes)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = new TcpClient();
        await client.ConnectAsync(service.Address.Host, service.Address.Port, deadline.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(bytes), deadline.Token);
        var (answer, buffer) = (new StringBuilder(), new byte[65536]);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, deadline.Token)) > 0; )
            {
                answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // The service closed the connection before it had read everything, as it must here.
        }

        return answer.ToString();
    }

    private static string[] Statuses(string answers) => [.. answers.Split("HTTP/1.1 ").Skip(1).Select(static answer => answer[..3])];
}
