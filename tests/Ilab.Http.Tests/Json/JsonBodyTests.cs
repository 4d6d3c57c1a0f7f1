using System.Text;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Tests.Json;

/// <summary>What bodies are refused, with what status, before anything looks at their fields.</summary>
public sealed class JsonBodyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":1} {}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\udc00x\":1}")]
    public async Task WhatIsNoJsonObjectIsRefused(string body) => Assert.Equal(400, (await RefusalAsync(Encoding.UTF8.GetBytes(body))).Status);

    [Fact]
    public async Task BytesThatAreNoTextAreRefused() => Assert.Contains("UTF-8", (await RefusalAsync([.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8])).Message);

    [Fact]
    public async Task DepthIsBounded() =>
        Assert.Equal(400, (await RefusalAsync(Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}"))).Status);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SizeIsBoundedWhetherItIsSaidOrNot(bool said)
    {
        var problem = await RefusalAsync(Encoding.UTF8.GetBytes($"{{\"a\":\"{new string('x', 2000)}\"}}"), said);
        Assert.Equal(413, problem.Status);
    }

    [Fact]
    public async Task ACompressedBodyIsRefused()
    {
        var request = Request("{}"u8.ToArray());
        request.Headers.ContentEncoding = "gzip";
        var exception = await Assert.ThrowsAsync<ProblemException>(() => JsonBody.ReadAsync(request, 1000, CancellationToken.None));
        Assert.Equal(415, exception.Problem.Status);
    }

    [Fact]
    public async Task AByteOrderMarkIsSkippedAndPairsOfSurrogatesAreText()
    {
        var fields = await JsonBody.ReadAsync(Request([0xEF, 0xBB, 0xBF, .. "{\"a\":\"\\ud83d\\ude00\"}"u8]), 1000, CancellationToken.None);
        Assert.Equal("😀", fields.Text("a"));
    }

    private static async Task<Problem> RefusalAsync(byte[] body, bool said = true) =>
        (
            await Assert.ThrowsAsync<ProblemException>(() =>
                JsonBody.ReadAsync(Request(body, said), body.Length < 10_000 ? 1000 : 1 << 20, CancellationToken.None)
            )
        ).Problem;

    private static HttpRequest Request(byte[] body, bool said = true)
    {
        var request = new DefaultHttpContext().Request;
        (request.Body, request.ContentLength) = (new MemoryStream(body), said ? body.Length : null);
        return request;
    }
}
