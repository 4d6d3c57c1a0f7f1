using System.Text.Json.Nodes;
using Ilab.Http.Tests.Fixtures;

namespace Ilab.Http.Tests.Interop;

/// <summary>Anthropic's endpoints of a running service.</summary>
[Collection(HttpService.Collection)]
public sealed class AnthropicServiceTests(HttpService service)
{
    private const string Messages = "/v1/messages";
    private const string Ask = """{"model":"tiny","max_tokens":30,"temperature":0,"messages":[{"role":"user","content":"Count."}]""";

    [Fact]
    public async Task AStreamIsARowOfNamedEventsThatMakesTheMessage()
    {
        var (_, whole) = await service.PostAsync(Messages, Ask + "}");
        var blocks = (await service.PostTextAsync(Messages, Ask + ""","stream":true}""")).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        var events = blocks.Select(static block => (Name: block.Split('\n')[0], Data: JsonNode.Parse(block.Split("\ndata: ")[1])!)).ToArray();
        Assert.All(events, static e => Assert.Equal($"event: {e.Data["type"]}", e.Name));
        string[] order = ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"];
        Assert.Equal(order, events.Select(static e => (string)e.Data["type"]!).Where(static type => type != "ping").Distinct());
        Assert.Equal((string?)whole["content"]![0]!["text"], string.Concat(events.Select(static e => (string?)e.Data["delta"]?["text"])));
        Assert.Equal((int)whole["usage"]!["input_tokens"]!, (int)events[0].Data["message"]!["usage"]!["input_tokens"]!);
        var end = events[^2].Data;
        Assert.Equal("max_tokens", (string?)end["delta"]!["stop_reason"]);
        Assert.Equal((int)whole["usage"]!["output_tokens"]!, (int)end["usage"]!["output_tokens"]!);
    }

    [Fact]
    public async Task AStopSequenceIsNamed()
    {
        var (_, free) = await service.PostAsync(Messages, Ask + "}");
        var stop = ((string)free["content"]![0]!["text"]!)[4..7];
        var (_, stopped) = await service.PostAsync(Messages, Ask + $$""","stop_sequences":[{{JsonValue.Create(stop).ToJsonString()}}]}""");
        Assert.Equal(("stop_sequence", stop), ((string?)stopped["stop_reason"], (string?)stopped["stop_sequence"]));
    }

    [Fact]
    public async Task AnAnswerThatHasBegunIsContinued()
    {
        const string Begun = """{"model":"tiny","messages":[{"role":"user","content":"Count."},{"role":"assistant","content":"12"}]}""";
        const string Answered = """{"model":"tiny","messages":[{"role":"user","content":"Count."}]}""";
        var (_, two) = await service.PostAsync(Messages + "/count_tokens", Begun);
        var (_, one) = await service.PostAsync(Messages + "/count_tokens", Answered);
        Assert.Equal((int)one["input_tokens"]! + 2, (int)two["input_tokens"]!);
    }

    [Theory]
    [InlineData("""{"model":"nope","max_tokens":1,"messages":[{"role":"user","content":"a"}]}""", 404, "not_found_error", "nope")]
    [InlineData("""{"model":"tiny","messages":[{"role":"user","content":"a"}]}""", 400, "invalid_request_error", "max_tokens")]
    [InlineData("""{"model":"tiny","max_tokens":1,"messages":[]}""", 400, "invalid_request_error", "messages")]
    [InlineData("""{"model":"tiny","max_tokens":1,"messages":[{"role":"system","content":"a"}]}""", 400, "invalid_request_error", "messages[0].role")]
    [InlineData("""{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image"}]}]}""", 400, "invalid_request_error", "image")]
    [InlineData("""{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":"a"}],"temperature":2}""", 400, "invalid_request_error", "temperature")]
    [InlineData(
        """{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":"a"}],"thinking":{"type":"enabled","budget_tokens":1024}}""",
        400,
        "invalid_request_error",
        "thinking"
    )]
    [InlineData(
        """{"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":"a"}],"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"any"}}""",
        400,
        "invalid_request_error",
        "tool_choice"
    )]
    [InlineData("{", 400, "invalid_request_error", "JSON")]
    public async Task ErrorsHaveTheShapeOfTheApi(string body, int status, string type, string said)
    {
        var (answered, json) = await service.PostAsync(Messages, body);
        Assert.Equal((status, "error", type), ((int)answered, (string?)json["type"], (string?)json["error"]!["type"]));
        Assert.Contains(said, (string?)json["error"]!["message"], StringComparison.Ordinal);
    }
}
