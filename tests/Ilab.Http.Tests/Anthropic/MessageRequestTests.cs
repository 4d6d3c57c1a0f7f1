using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Access;
using Ilab.Http.Anthropic;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Tests.Anthropic;

/// <summary>Messages of blocks as templates get them.</summary>
public sealed class MessageRequestTests
{
    [Fact]
    public void CallsAndResultsBecomeMessagesOfTheirOwn()
    {
        var conversation = Read(
            """
            {"model":"a","max_tokens":5,"system":[{"type":"text","text":"Be brief."}],
             "tools":[{"name":"add","description":"sum","input_schema":{"type":"object"}}],
             "messages":[
              {"role":"user","content":"2+2"},{"role":"user","content":[{"type":"text","text":"please"}]},
              {"role":"assistant","content":[{"type":"text","text":"I add."},{"type":"tool_use","id":"t1","name":"add","input":{"a":2}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"4"}]},{"type":"text","text":"So?"}]}]}
            """
        ).Generation.Conversation!;
        Assert.Equal(
            [("system", "Be brief."), ("user", "2+2\nplease"), ("assistant", "I add."), ("tool", "4"), ("user", "So?")],
            conversation.Messages.Select(static message => (message.Role, message.Content))
        );
        Assert.Equal(2, (int)JsonNode.Parse(conversation.Messages[2].Fields)!["tool_calls"]![0]!["function"]!["arguments"]!["a"]!);
        Assert.Equal("t1", (string?)JsonNode.Parse(conversation.Messages[3].Fields)!["tool_call_id"]);
        Assert.Equal("add", (string?)JsonNode.Parse(conversation.Tools)![0]!["function"]!["name"]);
        Assert.False(conversation.ContinueLast);
    }

    [Fact]
    public void TheLastMessageOfTheAssistantIsContinued() =>
        Assert.True(
            Read(
                """{"model":"a","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"""
            ).Generation.Conversation!.ContinueLast
        );

    private static MessageRequest Read(string json) =>
        MessageRequest.Read(new JsonFields(JsonBody.Parse(Encoding.UTF8.GetBytes(json)), ""), new ModelNames(Caller.Service), isCounted: false);
}
