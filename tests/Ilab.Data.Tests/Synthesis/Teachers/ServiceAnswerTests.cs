using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Teachers;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>What is taken from a response: text, never a draft, a refusal or half an answer.</summary>
public sealed class ServiceAnswerTests
{
    [Theory]
    [InlineData("{\"content\":\"5\",\"reasoning_content\":\"maybe 4\"}", "5")]
    [InlineData("{\"content\":\"5\",\"reasoning\":\"maybe 4\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"x\"}]}", "5")]
    [InlineData("{\"content\":[{\"type\":\"text\",\"text\":\"It is \"},{\"type\":\"text\",\"text\":\"5\"}]}", "It is 5")]
    [InlineData("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"maybe 4\"}]},{\"type\":\"text\",\"text\":\"5\"}]}", "5")]
    [InlineData("{\"content\":[{\"type\":\"reasoning\",\"text\":\"maybe 4\"},{\"type\":\"output_text\",\"text\":\"5\"}]}", "5")]
    [InlineData("{\"content\":[\"It is \",{\"text\":\"5\"}]}", "It is 5")]
    [InlineData("{\"content\":[]}", "")]
    [InlineData("{\"content\":null,\"reasoning_content\":\"maybe 4\"}", "")]
    [InlineData("{\"role\":\"assistant\"}", "")]
    [InlineData("{\"content\":\"5\",\"refusal\":null}", "5")]
    [InlineData("{\"content\":\"5\",\"refusal\":\"\",\"tool_calls\":[]}", "5")]
    public void TheTextIsTakenAndNothingElse(string message, string expected) => Assert.Equal(expected, Read(message, "\"stop\"").Text);

    [Theory]
    [InlineData("{\"content\":null,\"reasoning_content\":\"maybe\"}", CutAnswer.WhileThinking)]
    [InlineData("{\"content\":\"\",\"reasoning\":\"maybe\"}", CutAnswer.WhileThinking)]
    [InlineData("{\"content\":\"<think>maybe\"}", CutAnswer.WhileThinking)]
    [InlineData("{\"content\":\"It i\",\"reasoning\":\"maybe\"}", CutAnswer.Reason)]
    [InlineData("{\"content\":\"It i\"}", CutAnswer.Reason)]
    public void WhatWasCutIsTold(string message, string expected) =>
        Assert.Equal(("", expected), CutAnswer.Check(Read(message, "\"length\""), new TeacherCall("k", "b", [new("user", "2 + 3?")], new CallSettings(), 0)));

    [Theory]
    [InlineData("\"length\"", true)]
    [InlineData("\"max_tokens\"", true)]
    [InlineData("\"MAX_TOKENS\"", true)]
    [InlineData("\"model_length\"", true)]
    [InlineData("\"stop\"", false)]
    [InlineData("\"eos\"", false)]
    [InlineData("null", false)]
    public void ACutAnswerIsKnownAsOne(string reason, bool isCut) => Assert.Equal(isCut, Read("{\"content\":\"5\"}", reason).IsCut);

    [Theory]
    [InlineData("{\"content\":\"half\"}", "\"content_filter\"", ServiceAnswer.Filtered)]
    [InlineData("{\"content\":\"\"}", "\"SAFETY\"", ServiceAnswer.Filtered)]
    [InlineData("{\"content\":null,\"refusal\":\"I must not\"}", "\"stop\"", ServiceAnswer.Refused)]
    [InlineData("{\"content\":[{\"type\":\"refusal\",\"refusal\":\"I must not\"}]}", "\"stop\"", ServiceAnswer.Refused)]
    [InlineData("{\"content\":\"No.\"}", "\"refusal\"", ServiceAnswer.Refused)]
    [InlineData("{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}", "\"tool_calls\"", ServiceAnswer.CalledTool)]
    public void ARefusalIsNoAnswerAndItsTokensCount(string message, string reason, string expected)
    {
        var refusal = Assert.Throws<TeacherRefusedException>(() => Read(message, reason));
        Assert.Equal((expected, 4, 3), (refusal.Message, refusal.PromptTokens, refusal.AnswerTokens));
    }

    [Fact]
    public void AFailureInTheMiddleIsAskedAgain() =>
        Assert.True(Assert.Throws<TeacherUnavailableException>(() => Read("{\"content\":\"ha\"}", "\"error\"")).IsOfCall);

    private static TeacherAnswer Read(string message, string reason) =>
        ServiceAnswer.Read(
            "{\"choices\":[{\"message\":" + message + ",\"finish_reason\":" + reason + "}],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":3}}",
            isRaw: false
        );
}
