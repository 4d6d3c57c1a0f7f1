using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Ollama's endpoints of a running service.</summary>
[Collection(HttpService.Collection)]
public sealed class OllamaServiceTests(HttpService service)
{
    private const string Ask = """{"model":"tiny","options":{"temperature":0,"num_predict":6}""";

    [Theory]
    [InlineData("/api/generate", ""","prompt":"Count." """, "response")]
    [InlineData("/api/generate", ""","prompt":"Count.","raw":true""", "response")]
    [InlineData("/api/chat", ""","messages":[{"role":"USER","content":"Count."}]""", "message")]
    public async Task AStreamOfLinesSaysWhatTheWholeAnswerSays(string path, string input, string field)
    {
        // Whatever a test before left running ends meanwhile: sequences that are computed together differ by rounding.
        await service.PostAsync(path, Ask + input + ""","stream":false}""");
        var (_, whole) = await service.PostAsync(path, Ask + input + ""","stream":false}""");
        var text = await service.PostTextAsync(path, Ask + input + "}");
        var lines = text.TrimEnd('\n').Split('\n').Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(Text(whole), string.Concat(lines.Select(Text)));
        Assert.All(lines[..^1], static line => Assert.False((bool)line["done"]!));
        foreach (var end in new[] { whole, lines[^1] })
        {
            Assert.Equal((true, "length", 6), ((bool)end["done"]!, (string?)end["done_reason"], (int)end["eval_count"]!));
            Assert.True((long)end["total_duration"]! > 0 && (int)end["prompt_eval_count"]! > 0);
        }

        string Text(JsonNode answer) => field == "message" ? (string)answer[field]!["content"]! : (string)answer[field]!;
    }

    [Fact]
    public async Task KeepAliveLoadsKeepsAndUnloads()
    {
        var (_, loaded) = await service.PostAsync("/api/generate", """{"model":"tiny","keep_alive":-1,"stream":false}""");
        Assert.Equal("load", (string?)loaded["done_reason"]);
        var running = Assert.Single(await RunningAsync());
        Assert.True(DateTimeOffset.Parse((string)running["expires_at"]!, null) > DateTimeOffset.UnixEpoch.AddYears(200));
        var (_, unloaded) = await service.PostAsync("/api/chat", """{"model":"tiny","messages":[],"keep_alive":0,"stream":false}""");
        Assert.Equal("unload", (string?)unloaded["done_reason"]);
        Assert.Empty(await RunningAsync());

        async Task<IEnumerable<JsonNode>> RunningAsync() =>
            JsonNode.Parse(await service.Client.GetStringAsync("/api/ps"))!["models"]!.AsArray().OfType<JsonNode>().Where(IsTiny);

        static bool IsTiny(JsonNode model) => (string?)model["name"] == "tiny:latest";
    }

    [Fact]
    public async Task AModelIsMadeOfAnotherShownCopiedAndDeleted()
    {
        var made = await service.PostTextAsync(
            "/api/create",
            """{"model":"pirate","from":"TINY","system":"Arr.","parameters":{"temperature":0,"stop":["x"]},"messages":[{"role":"user","content":"Ahoy"}]}"""
        );
        Assert.EndsWith("""{"status":"success"}""" + "\n", made, StringComparison.Ordinal);
        var (_, shown) = await service.PostAsync("/api/show", """{"model":"pirate"}""");
        Assert.Equal(("Arr.", "llama"), ((string?)shown["system"], (string?)shown["details"]!["family"]));
        Assert.Contains("temperature                    0", (string?)shown["parameters"], StringComparison.Ordinal);
        Assert.Contains("tools", shown["capabilities"]!.AsArray().Select(static one => (string?)one));
        Assert.Equal(512, (int)shown["model_info"]!["llama.context_length"]!);
        using var copied = await service.Client.PostAsync("/api/copy", new StringContent("""{"source":"pirate","destination":"sailor:old"}"""));
        Assert.Equal(HttpStatusCode.OK, copied.StatusCode);
        var names = JsonNode.Parse(await service.Client.GetStringAsync("/api/tags"))!["models"]!.AsArray().Select(static model => (string?)model!["name"]);
        Assert.Subset(names.ToHashSet(), new HashSet<string?> { "pirate:latest", "sailor:old", "tiny:latest" });
        foreach (var (name, status) in new[] { ("pirate", 200), ("sailor:old", 200), ("sailor:old", 404) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, "/api/delete") { Content = new StringContent($$"""{"model":"{{name}}"}""") };
            using var answer = await service.Client.SendAsync(request);
            Assert.Equal(status, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task AModelIsMadeOfAnUploadedFile()
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(service.Ilab.Root, "other.gguf"));
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
        int[] statuses = [await HeadAsync(), await UploadAsync(bytes[..100]), await UploadAsync(bytes), await UploadAsync(bytes), await HeadAsync()];
        Assert.Equal([404, 400, 201, 200, 200], statuses);
        var (_, made) = await service.PostAsync("/api/create", $$"""{"model":"uploaded","files":{"a.gguf":"{{digest}}"},"stream":false}""");
        Assert.Equal("success", (string?)made["status"]);
        var (_, answer) = await service.PostAsync(
            "/api/generate",
            """{"model":"uploaded","prompt":"a","raw":true,"stream":false,"options":{"num_predict":2},"keep_alive":0}"""
        );
        Assert.Equal(2, (int)answer["eval_count"]!);

        async Task<int> HeadAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/blobs/{digest}");
            using var head = await service.Client.SendAsync(request);
            return (int)head.StatusCode;
        }

        async Task<int> UploadAsync(byte[] body)
        {
            using var stored = await service.Client.PostAsync($"/api/blobs/{digest}", new ByteArrayContent(body));
            return (int)stored.StatusCode;
        }
    }

    [Theory]
    [InlineData("/api/generate", """{"model":"nope","prompt":"a"}""", 404, "model 'nope' not found")]
    [InlineData("/api/chat", """{"model":"tiny","messages":[{"role":"wizard","content":"a"}]}""", 400, "messages[0].role")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","format":"json"}""", 400, "format")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","think":true}""", 400, "think")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","raw":true,"system":"b"}""", 400, "raw mode")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","images":["aGk="]}""", 400, "images")]
    [InlineData("/api/chat", """{"model":"tiny","messages":"a"}""", 400, "messages")]
    [InlineData("/api/show", """{"model":"no such, model"}""", 404, "not found")]
    [InlineData("/api/create", """{"model":"a","from":"tiny","quantize":"q4_0"}""", 400, "quantize")]
    [InlineData("/api/create", """{"model":"a","from":"tiny","parameters":{"temperature":"hot"}}""", 400, "temperature")]
    [InlineData("/api/pull", """{"model":"a"}""", 404, "endpoint")]
    [InlineData("/api/generate", "", 400, "missing request body")]
    public async Task ErrorsAreTexts(string path, string body, int status, string said)
    {
        var (answered, json) = await service.PostAsync(path, body);
        Assert.Equal(status, (int)answered);
        Assert.Contains(said, (string?)json["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task APromptThatDoesNotFitIsRefusedUnlessItsOldestMessagesMayGo()
    {
        var turn = $$"""{"role":"user","content":"{{new string('x', 300)}}"},""";
        var messages = $$""","stream":false,"messages":[{{turn}}{{turn}}{"role":"user","content":"Count."}]""";
        var (status, refused) = await service.PostAsync("/api/chat", Ask + messages + "}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(HttpService.ContextLength.ToString(), (string?)refused["error"], StringComparison.Ordinal);
        var (_, cut) = await service.PostAsync("/api/chat", Ask + messages + ""","truncate":true}""");
        Assert.InRange((int)cut["prompt_eval_count"]!, 1, HttpService.ContextLength);
    }

    [Fact]
    public async Task ThePromptCanBeShown()
    {
        var (_, shown) = await service.PostAsync(
            "/api/chat",
            """{"model":"tiny","messages":[{"role":"user","content":"Hi."}],"stream":false,"_debug_render_only":true}"""
        );
        Assert.Equal("<user>Hi.<assistant>", (string?)shown["_debug_info"]!["rendered_template"]);
    }

    [Fact]
    public async Task SomeServerIsThere()
    {
        Assert.Equal("Ollama is running", await service.Client.GetStringAsync("/"));
        Assert.Matches(@"^\d+(\.\d+)*$", (string)JsonNode.Parse(await service.Client.GetStringAsync("/api/version"))!["version"]!);
    }
}
