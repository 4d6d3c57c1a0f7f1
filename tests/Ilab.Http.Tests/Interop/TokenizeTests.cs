using System.Net;
using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Tokens of a running service, as llama-server and vLLM give them.</summary>
[Collection(HttpService.Collection)]
public sealed class TokenizeTests(HttpService service)
{
    [Theory]
    [InlineData("a boat")]
    [InlineData("Über den Fluß 🛶")]
    [InlineData("")]
    public async Task ATextComesBackFromItsTokens(string text)
    {
        var (_, tokens) = await service.PostAsync("/tokenize", new JsonObject { ["model"] = "tiny", ["content"] = text }.ToJsonString());
        var (_, back) = await service.PostAsync(
            "/detokenize",
            new JsonObject { ["model"] = "tiny", ["tokens"] = tokens["tokens"]!.DeepClone() }.ToJsonString()
        );
        Assert.Equal(text, Spaced((string)back["content"]!));
        Assert.Equal((string?)back["content"], (string?)back["prompt"]);
    }

    [Fact]
    public async Task PiecesAreTextsOrBytes()
    {
        var (_, json) = await service.PostAsync("/tokenize", """{"model":"tiny","content":"🛶","with_pieces":true}""");
        var pieces = json["tokens"]!.AsArray();
        var bytes = pieces.SelectMany(static token =>
            token!["piece"] is JsonArray part ? part.Select(static value => (byte)(int)value!) : System.Text.Encoding.UTF8.GetBytes((string)token["piece"]!)
        );
        Assert.Equal("🛶", System.Text.Encoding.UTF8.GetString([.. bytes]) is var said ? Spaced(said) : "");
        Assert.Contains(pieces, static token => token!["piece"] is JsonArray);
    }

    [Fact]
    public async Task EachServersDefaultsCount()
    {
        var (_, server) = await service.PostAsync("/tokenize", """{"model":"tiny","content":"a"}""");
        var (_, special) = await service.PostAsync("/tokenize", """{"model":"tiny","content":"a","add_special":true}""");
        var (_, vllm) = await service.PostAsync("/tokenize", """{"model":"tiny","prompt":"a","return_token_strs":true}""");
        var (_, without) = await service.PostAsync("/tokenize", """{"model":"tiny","prompt":"a","add_special_tokens":false}""");
        Assert.Equal(special["tokens"]!.ToJsonString(), vllm["tokens"]!.ToJsonString());
        Assert.Equal(server["tokens"]!.ToJsonString(), without["tokens"]!.ToJsonString());
        Assert.Equal(server["tokens"]!.AsArray().Count + 1, vllm["tokens"]!.AsArray().Count);
        Assert.Equal(((int)vllm["count"]!, HttpService.ContextLength), (vllm["token_strs"]!.AsArray().Count, (int)vllm["max_model_len"]!));
    }

    [Fact]
    public async Task AConversationHasTheTokensThatItsAnswerIsMadeFrom()
    {
        const string Messages = """ "model":"tiny","messages":[{"role":"user","content":"Hi"}] """;
        var (_, tokens) = await service.PostAsync("/tokenize", $"{{{Messages}}}");
        var (_, answer) = await service.PostAsync("/v1/chat/completions", $$"""{{{Messages}},"max_tokens":1}""");
        Assert.Equal((int)answer["usage"]!["prompt_tokens"]!, (int)tokens["count"]!);
    }

    [Theory]
    [InlineData("/tokenize", """{"model":"nope","content":"a"}""", 404, "nope")]
    [InlineData("/tokenize", """{"model":"tiny"}""", 400, "content")]
    [InlineData("/tokenize", """{"model":"tiny","content":5}""", 400, "content")]
    [InlineData("/tokenize", """{"model":"tiny","content":"a","prompt":"b"}""", 400, "content")]
    [InlineData("/tokenize", "[]", 400, "object")]
    [InlineData("/detokenize", """{"model":"tiny","tokens":[999999]}""", 400, "999999")]
    [InlineData("/detokenize", """{"model":"tiny","tokens":["a"]}""", 400, "tokens")]
    [InlineData("/detokenize", """{"model":"tiny","tokens":[-1]}""", 400, "tokens")]
    [InlineData("/detokenize", """{"model":"tiny"}""", 400, "tokens")]
    public async Task AFaultIsRefusedByName(string path, string body, int status, string said)
    {
        var (answered, json) = await service.PostAsync(path, body);
        Assert.Equal((HttpStatusCode)status, answered);
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }

    /// <summary>This vocabulary writes spaces as their sign, and puts one before a text.</summary>
    private static string Spaced(string text) => text.Replace('\u2581', ' ').TrimStart(' ');
}
