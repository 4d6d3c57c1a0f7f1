using System.Net;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>What a token opens, and what it does not.</summary>
[Collection(HttpService.Collection)]
public sealed class TokenTests(HttpService service)
{
    private const string Ask = """{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":"Hi."}]}""";

    [Fact]
    public async Task ATokenMayDoWhatItsScopesSayUntilItIsRemoved()
    {
        var reader = await CreateAsync("--scope", "look", "--name", "reader");
        var usual = await CreateAsync();
        Assert.Matches("^ilab_[A-Za-z0-9_-]{43}$", usual);
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/v1/models", reader));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync("/v1/chat/completions", reader));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/v1/chat/completions", usual));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("/v1/messages", usual, "x-api-key"));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync("/api/copy", usual));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/v1/models", usual[..^1]));

        var listed = JsonNode.Parse((await service.Ilab.RunAsync("token", "ls", "--format", "json")).Expect(0).Output)!.AsArray();
        var id = (string)listed.Single(static token => (string?)token!["Name"] == "reader")!["Id"]!;
        Assert.DoesNotContain(reader, listed.ToJsonString(), StringComparison.Ordinal);
        (await service.Ilab.RunAsync("token", "rm", id[..6])).Expect(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/v1/models", reader));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/v1/models", usual));
    }

    [Fact]
    public async Task ATokenIsNeededUnlessThePolicyLetsThisMachineIn()
    {
        var token = await CreateAsync();
        await service.ReloadAsync(["http.loopback = none"], static answer => answer.StatusCode == HttpStatusCode.Unauthorized);
        try
        {
            foreach (var (path, type) in new[] { ("/v1/chat/completions", "error.type"), ("/v1/messages", "error.type"), ("/api/chat", "error") })
            {
                var (status, json) = await service.PostAsync(path, Ask);
                Assert.Equal(HttpStatusCode.Unauthorized, status);
                Assert.Contains(type == "error" ? "token" : "authentication_error", json["error"]!.ToJsonString(), StringComparison.Ordinal);
            }

            Assert.Equal(HttpStatusCode.OK, await PostAsync("/v1/chat/completions", token));
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/v1/models", "sk-of-somebody-else"));
            Assert.Equal(HttpStatusCode.OK, await GetAsync("/health", null));
        }
        finally
        {
            await service.ReloadAsync();
        }
    }

    [Theory]
    [InlineData("--scope", "everything")]
    [InlineData("--expires", "soon")]
    [InlineData("--expires", "0")]
    public async Task WhatIsNoScopeOrLifetimeIsRefused(string option, string value) =>
        Assert.StartsWith("Error: ", (await service.Ilab.RunAsync("token", "create", option, value)).Error, StringComparison.Ordinal);

    private async Task<string> CreateAsync(params string[] options) =>
        (await service.Ilab.RunAsync(["token", "create", .. options])).Expect(0).Output.TrimEnd('\n');

    private Task<HttpStatusCode> GetAsync(string path, string? token) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), token, null);

    private Task<HttpStatusCode> PostAsync(string path, string token, string? header = null) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(Ask) }, token, header);

    private async Task<HttpStatusCode> SendAsync(HttpRequestMessage request, string? token, string? header)
    {
        if (token is not null)
        {
            request.Headers.Add(header ?? "Authorization", header is null ? $"Bearer {token}" : token);
        }

        using var answer = await service.Client.SendAsync(request);
        request.Dispose();
        return answer.StatusCode;
    }
}
