using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Access;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Tests.OpenAi;

/// <summary>Chat requests as the engine gets them, and what is refused by name.</summary>
public sealed class ChatRequestTests
{
    private const string Hi = """[{"role":"user","content":"Hi."}]""";

    [Theory]
    [InlineData("messages", "[]")]
    [InlineData("messages", "\"Hi.\"")]
    [InlineData("messages[0]", "[5]")]
    [InlineData("messages[0].role", """[{"content":"Hi."}]""")]
    [InlineData("messages[0].role", """[{"role":"wizard","content":"Hi."}]""")]
    [InlineData("messages[0].content", """[{"role":"user","content":5}]""")]
    [InlineData("messages[0].content", """[{"role":"user"}]""")]
    [InlineData("messages[0].content[1]", """[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:,"}}]}]""")]
    [InlineData("messages[0].tool_call_id", """[{"role":"tool","content":"4"}]""")]
    [InlineData("messages[0].tool_calls[0].function.name", """[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{}}]}]""")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("temperature", "-1")]
    [InlineData("temperature", "1e400")]
    [InlineData("top_p", "1.5")]
    [InlineData("max_tokens", "-3")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "2.5")]
    [InlineData("max_completion_tokens", "\"many\"")]
    [InlineData("n", "0")]
    [InlineData("n", "1000")]
    [InlineData("stop", "7")]
    [InlineData("stop", "\"\"")]
    [InlineData("stop[1]", "[\"a\", 1]")]
    [InlineData("stream", "\"yes\"")]
    [InlineData("stream_options", """{"include_usage":true}""")]
    [InlineData("seed", "\"one\"")]
    [InlineData("logprobs", "2")]
    [InlineData("top_logprobs", "3")]
    [InlineData("top_logprobs", "99")]
    [InlineData("logit_bias", """{"a":1}""")]
    [InlineData("logit_bias", """{"5":101}""")]
    [InlineData("response_format", """{"type":"json_object"}""")]
    [InlineData("response_format", """{"type":"json_schema","json_schema":{"name":"a","schema":{}}}""")]
    [InlineData("response_format.type", """{"type":"xml"}""")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("tool_choice", "\"auto\"")]
    [InlineData("tool_choice", """{"type":"function","function":{"name":"a"}}""")]
    [InlineData("tools[0].function.name", """[{"type":"function","function":{"name":"a b"}}]""")]
    [InlineData("tools[0].type", """[{"type":"retrieval"}]""")]
    [InlineData("modalities", """["text","audio"]""")]
    [InlineData("store", "true")]
    [InlineData("model", "5")]
    public void AFaultIsRefusedByTheNameOfItsField(string field, string value)
    {
        var name = field.Split('[', '.')[0];
        var request = new JsonObject { ["model"] = "a", ["messages"] = JsonNode.Parse(Hi) };
        var text = name == "messages" ? $$"""{"model":"a","messages":{{value}}}""" : request.ToJsonString()[..^1] + $",\"{name}\":{value}}}";
        text = name == "model" ? $$"""{"messages":{{Hi}},"model":{{value}}}""" : text;
        var problem = Assert.Throws<ProblemException>(() => Read(text)).Problem;
        Assert.Equal((400, field), (problem.Status, problem.Field));
        Assert.Contains(name, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANameThatNoModelCanHaveIsNotFound() =>
        Assert.Equal(404, Assert.Throws<ProblemException>(() => Read($$"""{"model":"no such, model!","messages":{{Hi}}}""")).Problem.Status);

    [Fact]
    public void NullsAndFieldsOfOtherServersDoNoHarm()
    {
        var request = Read($$"""{"model":"a","messages":{{Hi}},"stop":null,"tools":null,"store":false,"user":"me","metadata":{},"cache_prompt":true}""");
        Assert.Equal((1, false, null), (request.Generations.Count, request.Stream, request.Logprobs));
        Assert.Empty(request.Generations[0].Stop);
    }

    [Fact]
    public void TextPartsAreJoinedInEveryRole()
    {
        var messages = Read(
            """
            {"model":"a","messages":[{"role":"developer","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
             {"role":"user","content":[{"type":"text","text":"three"}]},{"role":"assistant","content":[{"type":"text","text":"four"}]}]}
            """
        )
            .Generations[0]
            .Conversation!.Messages;
        Assert.Equal([("system", "one\ntwo"), ("user", "three"), ("assistant", "four")], messages.Select(static m => (m.Role, m.Content)));
    }

    [Fact]
    public void ArgumentsOfCallsBecomeObjectsAsTemplatesExpectThem()
    {
        var messages = Read(
            """
            {"model":"a","messages":[{"role":"user","content":"2+2?"},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":2}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"4"}]}
            """
        )
            .Generations[0]
            .Conversation!.Messages;
        var calls = JsonNode.Parse(messages[1].Fields)!["tool_calls"]!;
        Assert.Equal(2, (int)calls[0]!["function"]!["arguments"]!["a"]!);
        Assert.Equal("c1", (string)JsonNode.Parse(messages[2].Fields)!["tool_call_id"]!);
    }

    [Fact]
    public void ToolsGoToTheTemplateUnlessTheChoiceIsNone()
    {
        const string Tools = """[{"type":"function","function":{"name":"add","parameters":{"type":"object"}}}]""";
        Assert.Equal(Tools, Read($$"""{"model":"a","messages":{{Hi}},"tools":{{Tools}},"tool_choice":"auto"}""").Generations[0].Conversation!.Tools);
        Assert.Equal("", Read($$"""{"model":"a","messages":{{Hi}},"tools":{{Tools}},"tool_choice":"none"}""").Generations[0].Conversation!.Tools);
    }

    [Fact]
    public void EachChoiceHasASeedOfItsOwn()
    {
        var request = Read($$"""{"model":"a","messages":{{Hi}},"n":3,"seed":-2,"max_tokens":5,"max_completion_tokens":7.0}""");
        Assert.Equal([unchecked((ulong)-2), ulong.MaxValue, 0], request.Generations.Select(static g => g.Sampling.Seed!.Value));
        Assert.All(request.Generations, static g => Assert.Equal(7, g.MaxTokens));
    }

    [Fact]
    public void TheEffortIsAVariableOfTheTemplate()
    {
        var variables = JsonNode.Parse(Read($$"""{"model":"a","messages":{{Hi}},"reasoning_effort":"none"}""").Generations[0].Conversation!.Variables)!;
        Assert.Equal(("none", false), ((string?)variables["reasoning_effort"], (bool)variables["enable_thinking"]!));
    }

    private static ChatRequest Read(string json) =>
        ChatRequest.Read(new JsonFields(JsonBody.Parse(Encoding.UTF8.GetBytes(json)), ""), new ModelNames(Caller.Service));
}
