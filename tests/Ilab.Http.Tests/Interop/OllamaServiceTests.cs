using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;
using Ilab.Testing.Models;

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
        Assert.Equal(HttpService.ContextLength, (int)shown["details"]!["context_length"]!);
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
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","think":true}""", 400, "\"tiny\" does not support thinking")]
    [InlineData("/api/chat", """{"model":"tiny","messages":[{"role":"user","content":"a"}],"think":"high"}""", 400, "does not support thinking")]
    [InlineData("/api/chat", """{"model":"tiny","messages":[{"role":"user","content":"a"}],"think":"some"}""", 400, "think must be")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","context":[1,-2]}""", 400, "context must be")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","context":[99999]}""", 400, "99999 is not a token")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","context":[1],"raw":true}""", 400, "raw mode")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","context":[1],"_debug_render_only":true}""", 400, "context")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","raw":true,"system":"b"}""", 400, "raw mode")]
    [InlineData("/api/generate", """{"model":"tiny","prompt":"a","images":["aGk="]}""", 400, "images")]
    [InlineData("/api/chat", """{"model":"tiny","messages":"a"}""", 400, "messages")]
    [InlineData("/api/show", """{"model":"no such, model"}""", 404, "not found")]
    [InlineData("/api/create", """{"model":"a","from":"tiny","quantize":"q4_0"}""", 400, "quantize")]
    [InlineData("/api/create", """{"model":"a","from":"tiny","parameters":{"temperature":"hot"}}""", 400, "temperature")]
    [InlineData("/api/create", """{"model":"a","files":{"../x":"sha256:00"}}""", 400, "no relative name")]
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
    public async Task AnAnswerGoesOnFromItsContext()
    {
        const string Generate = "/api/generate";
        var (_, first) = await service.PostAsync(Generate, Ask + ""","prompt":"Count.","system":"Be brief.","stream":false}""");
        var context = first["context"]!.AsArray().Select(static id => (int)id!).ToArray();
        Assert.Equal((int)first["prompt_eval_count"]! + 6, context.Length);
        var lines = (await service.PostTextAsync(Generate, Ask + $$""","prompt":"More.","context":{{first["context"]!.ToJsonString()}}}"""))
            .TrimEnd('\n')
            .Split('\n');
        var end = JsonNode.Parse(lines[^1])!;
        var second = end["context"]!.AsArray().Select(static id => (int)id!).ToArray();
        Assert.Equal(context, second[..context.Length]);
        Assert.All(lines[..^1], static line => Assert.Null(JsonNode.Parse(line)!["context"]));
        var between = string.Join(',', second[context.Length..^6]);
        var (_, text) = await service.PostAsync("/detokenize", $$"""{"model":"tiny","tokens":[{{between}}]}""");
        Assert.Equal("<user>More.<assistant>", (string?)text["content"]);
        Assert.Equal((second.Length - 6, 6), ((int)end["prompt_eval_count"]!, (int)end["eval_count"]!));

        var (_, raw) = await service.PostAsync(Generate, Ask + ""","prompt":"Count.","raw":true,"stream":false}""");
        Assert.Null(raw["context"]);
        var (status, chat) = await service.PostAsync("/api/chat", Ask + ""","messages":[{"role":"user","content":"Count."}],"stream":false}""");
        Assert.Equal((HttpStatusCode.OK, null), (status, chat["context"]));
    }

    [Fact]
    public async Task WhatAModelThinksIsToldFromWhatItSays()
    {
        const string Template =
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% if enable_thinking is not defined or "
            + "enable_thinking %}<think>{% else %}<think></think>{% endif %}{% endif %}";
        var file = Path.Combine(service.Ilab.Root, "thinker.gguf");
        RandomLlama.Write(file, LlamaShape.Talkative with { ContextLength = HttpService.ContextLength }, "thinker", template: Template);
        (await service.Ilab.RunAsync("model", "import", file, "--name", "thinker")).Expect(0);
        const string Asked = """{"model":"thinker","options":{"temperature":0,"num_predict":6}""";
        const string Messages = ""","messages":[{"role":"user","content":"Count."}]""";

        // It never comes to an end with its thought.
        foreach (var think in new[] { "", ""","think":true""", ""","think":"high" """ })
        {
            var (_, thought) = await service.PostAsync("/api/chat", Asked + Messages + think + ""","stream":false}""");
            Assert.Equal("", (string?)thought["message"]!["content"]);
            Assert.NotEmpty((string)thought["message"]!["thinking"]!);
            var (_, generated) = await service.PostAsync("/api/generate", Asked + ""","prompt":"Count.","stream":false""" + think + "}");
            Assert.Equal(("", (string?)thought["message"]!["thinking"]), ((string?)generated["response"], (string?)generated["thinking"]));
        }

        var streamed = (await service.PostTextAsync("/api/chat", Asked + Messages + "}"))
            .TrimEnd('\n')
            .Split('\n')
            .Select(static line => JsonNode.Parse(line)!["message"]!);
        Assert.All(streamed, static message => Assert.Equal("", (string?)message["content"]));
        Assert.Contains(streamed, static message => ((string?)message["thinking"])?.Length > 0);

        var (_, said) = await service.PostAsync("/api/chat", Asked + Messages + ""","think":false,"stream":false}""");
        Assert.NotEmpty((string)said["message"]!["content"]!);
        Assert.Null(said["message"]!["thinking"]);
        var (_, raw) = await service.PostAsync("/api/generate", Asked + ""","prompt":"Count.","raw":true,"stream":false}""");
        Assert.NotEmpty((string)raw["response"]!);
        var (_, shown) = await service.PostAsync("/api/show", """{"model":"thinker"}""");
        Assert.Contains("thinking", shown["capabilities"]!.AsArray().Select(static one => (string?)one));
    }

    [Fact]
    public async Task EveryTextOfAListHasItsEmbedding()
    {
        var (_, many) = await service.PostAsync("/api/embed", """{"model":"tiny","input":["a","","b"]}""");
        Assert.Equal(3, many["embeddings"]!.AsArray().Count);
        var (_, none) = await service.PostAsync("/api/embed", """{"model":"tiny","input":""}""");
        Assert.Empty(none["embeddings"]!.AsArray());

        // One that is too long is cut unless the request says otherwise: so does the API.
        var large = $"\"model\":\"tiny\",\"input\":\"{new string('x', 2000)}\"";
        Assert.Equal(HttpService.ContextLength, (int)(await service.PostAsync("/api/embed", $"{{{large}}}")).Json["prompt_eval_count"]!);
        Assert.Equal(HttpStatusCode.BadRequest, (await service.PostAsync("/api/embed", $$"""{{{large}},"truncate":false}""")).Status);
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
        Assert.Equal("""{"cloud":{"disabled":true,"source":"none"}}""", await service.Client.GetStringAsync("/api/status"));
        Assert.Matches(@"^\d+(\.\d+)*$", (string)JsonNode.Parse(await service.Client.GetStringAsync("/api/version"))!["version"]!);
    }
}
