using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>OpenAI's endpoints of a running service.</summary>
[Collection(HttpService.Collection)]
public sealed class OpenAiServiceTests(HttpService service)
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private const string Ask = """{"model":"tiny","messages":[{"role":"user","content":"Count."}],"temperature":0,"max_tokens":12""";
    private const string Continue = """{"model":"tiny","temperature":0,"max_tokens":6,"prompt":""";

    [Fact]
    public async Task AStreamSaysWhatTheWholeAnswerSays()
    {
        var (_, whole) = await service.PostAsync(Chat, Ask + "}");
        var chunks = await StreamAsync(Chat, Ask + ""","stream":true,"stream_options":{"include_usage":true}}""");
        var choices = chunks.SelectMany(static chunk => chunk["choices"]!.AsArray()).ToArray();
        Assert.Equal("assistant", (string?)choices[0]!["delta"]!["role"]);
        Assert.Equal((string?)whole["choices"]![0]!["message"]!["content"], string.Concat(choices.Select(static c => (string?)c!["delta"]!["content"])));
        Assert.Equal("length", (string?)choices[^1]!["finish_reason"]);
        Assert.Equal((12, 0), ((int)chunks[^1]["usage"]!["completion_tokens"]!, chunks[^1]["choices"]!.AsArray().Count));
        Assert.Equal((int)whole["usage"]!["prompt_tokens"]!, (int)chunks[^1]["usage"]!["prompt_tokens"]!);
        Assert.Single(chunks.Select(static chunk => (string?)chunk["id"]).Distinct());
    }

    [Fact]
    public async Task LogprobsJoinToTheTextAlsoInFrontOfAStopString()
    {
        // Whatever a test before left running ends meanwhile: sequences that are computed together differ by rounding.
        await service.PostAsync(Completions, Continue + """ "a b c","max_tokens":30}""");
        var (_, free) = await service.PostAsync(Completions, Continue + """ "a b c","max_tokens":30}""");
        var text = (string)free["choices"]![0]!["text"]!;
        var stop = text[^3..];
        var (_, stopped) = await service.PostAsync(
            Chat.Replace("chat/", "", StringComparison.Ordinal),
            Continue + $$""" "a b c","max_tokens":30,"logprobs":2,"stop":{{JsonValue.Create(stop).ToJsonString()}}}"""
        );
        var choice = stopped["choices"]![0]!;
        Assert.Equal("stop", (string?)choice["finish_reason"]);
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], (string?)choice["text"]);
        var tokens = choice["logprobs"]!["tokens"]!.AsArray().Select(static token => (string?)token).ToArray();
        Assert.StartsWith((string)choice["text"]!, string.Concat(tokens), StringComparison.Ordinal);
        Assert.Equal(tokens.Length, choice["logprobs"]!["text_offset"]!.AsArray().Count);
    }

    [Fact]
    public async Task PromptsOfAnyShapeAreAnsweredInTheirOrder()
    {
        var alone = new List<string?>();
        foreach (var prompt in new[] { "\"kilo kilo\"", "[70,80,90]" })
        {
            alone.Add((string?)(await service.PostAsync(Completions, Continue + prompt + "}")).Json["choices"]![0]!["text"]);
        }

        var (_, both) = await service.PostAsync(Completions, Continue + "[\"kilo kilo\",[70,80,90]]}");
        Assert.Equal(alone, both["choices"]!.AsArray().Select(static choice => (string?)choice!["text"]));
        Assert.Equal(12, (int)both["usage"]!["completion_tokens"]!);
        var chunks = await StreamAsync(Completions, Continue + "[\"kilo kilo\",[70,80,90]],\"stream\":true}");
        var texts = new[] { new StringBuilder(), new StringBuilder() };
        foreach (var choice in chunks.Select(static chunk => chunk["choices"]![0]!))
        {
            texts[(int)choice["index"]!].Append((string?)choice["text"]);
        }

        Assert.Equal(alone, texts.Select(static one => one.ToString()));
    }

    [Fact]
    public async Task ChoicesDifferAndASeedRepeatsThem()
    {
        var body = """{"model":"tiny","messages":[{"role":"user","content":"Count."}],"max_tokens":10,"n":3,"seed":5}""";
        var first = Texts((await service.PostAsync(Chat, body)).Json);
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first, Texts((await service.PostAsync(Chat, body)).Json));

        static string?[] Texts(JsonNode answer) => [.. answer["choices"]!.AsArray().Select(static choice => (string?)choice!["message"]!["content"])];
    }

    [Fact]
    public async Task ABiasDecidesForAToken()
    {
        var (_, answer) = await service.PostAsync(Completions, Continue + """ "abc","logit_bias":{"97":100}}""");
        var (_, again) = await service.PostAsync(Completions, Continue + """ "xyz","logit_bias":{"97":100}}""");
        var text = (string)answer["choices"]![0]!["text"]!;
        Assert.Equal(text, (string?)again["choices"]![0]!["text"]);
        Assert.Single(text.Distinct());
        var (status, error) = await service.PostAsync(Completions, Continue + """ "abc","logit_bias":{"999999":1}}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("999999", (string?)error["error"]!["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolsReachTheTemplate()
    {
        const string Tools = ""","tools":[{"type":"function","function":{"name":"add","parameters":{"type":"object"}}}]}""";
        var (_, without) = await service.PostAsync(Chat, Ask + "}");
        var (_, with) = await service.PostAsync(Chat, Ask + Tools);
        Assert.True((int)with["usage"]!["prompt_tokens"]! > 20 + (int)without["usage"]!["prompt_tokens"]!);
    }

    [Theory]
    [InlineData(Chat, "messages\":[{\"role\":\"user\",\"content\":", "}]")]
    [InlineData(Chat, "stream\":true,\"messages\":[{\"role\":\"user\",\"content\":", "}]")]
    [InlineData(Completions, "prompt\":", "")]
    public async Task APromptThatDoesNotFitIsRefusedWithTheNumbers(string path, string before, string after)
    {
        var (status, json) = await service.PostAsync(path, $$"""{"model":"tiny","{{before}}"{{new string('x', 2000)}}"{{after}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("context_length_exceeded", (string?)json["error"]!["code"]);
        Assert.Contains(HttpService.ContextLength.ToString(), (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", Chat, """{"model":"nope","messages":[{"role":"user","content":"Hi."}]}""", 404, "model_not_found")]
    [InlineData("POST", Completions, """{"model":"nope","prompt":"a","stream":true}""", 404, "model_not_found")]
    [InlineData("POST", Chat, "{", 400, null)]
    [InlineData("POST", "/v1/no/such/thing", "{}", 404, "unknown_url")]
    [InlineData("GET", "/v1/models/nope", null, 404, "model_not_found")]
    [InlineData("GET", Chat, null, 405, null)]
    [InlineData("DELETE", "/v1/models", null, 405, null)]
    public async Task ErrorsHaveTheShapeOfTheApi(string method, string path, string? body, int status, string? code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using var answer = await service.Client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(static field => field.Key));
        Assert.Equal(code, (string?)error["code"]);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task ModelsAreListedAndFoundByNamesWithSlashes()
    {
        (await service.Ilab.RunAsync("model", "tag", "tiny", "team/other:v1")).Expect(0);
        var list = JsonNode.Parse(await service.Client.GetStringAsync("/v1/models"))!["data"]!.AsArray();
        Assert.Contains("tiny", list.Select(static model => (string?)model!["id"]));
        foreach (var path in new[] { "team%2Fother%3Av1", "team/other:v1" })
        {
            Assert.Equal("team/other:v1", (string?)JsonNode.Parse(await service.Client.GetStringAsync("/v1/models/" + path))!["id"]);
        }

        (await service.Ilab.RunAsync("model", "rm", "team/other:v1")).Expect(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AClosedConnectionEndsTheGeneration(bool stream)
    {
        using var aborted = new CancellationTokenSource();
        var body = $$"""{"model":"tiny","prompt":"a","max_tokens":400,"n":100,"stream":{{(stream ? "true" : "false")}}}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = new StringContent(body) };
        var asked = service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, aborted.Token);
        await RunningAsync(static running => running > 0);
        await aborted.CancelAsync();
        try
        {
            (await asked).Dispose(); // closes the connection of a stream
        }
        catch (OperationCanceledException)
        {
            // An answer in one piece has not begun.
        }

        await RunningAsync(static running => running == 0);
    }

    /// <summary>Waits until the number of running generations is as expected.</summary>
    private async Task RunningAsync(Func<int, bool> expected)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var running = -1;
        while (!expected(running))
        {
            deadline.Token.ThrowIfCancellationRequested();
            var loaded = JsonNode.Parse((await service.Ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output)!.AsArray();
            running = loaded.Sum(static model => (int)model!["Active"]!);
        }
    }

    private async Task<IReadOnlyList<JsonNode>> StreamAsync(string path, string body)
    {
        var events = (await service.PostTextAsync(path, body)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(static e => JsonNode.Parse(e["data: ".Length..])!)];
    }
}
