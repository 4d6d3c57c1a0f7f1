using System.Text;
using Ilab.Engine.Access;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Tests.OpenAi;

/// <summary>The four shapes of a prompt, and what is refused by name.</summary>
public sealed class CompletionRequestTests
{
    [Theory]
    [InlineData("\"one\"", "one")]
    [InlineData("[\"one\",\"two\"]", "one|two")]
    [InlineData("[500,600]", "500,600")]
    [InlineData("[[500,600],[7]]", "500,600|7")]
    [InlineData("[\"one\",[7]]", "one|7")]
    public void EveryShapeOfAPromptIsRead(string prompt, string expected)
    {
        var prompts = Read($$"""{"model":"a","prompt":{{prompt}}}""").Generations.Select(static g => g.Prompt ?? string.Join(',', g.PromptTokens!));
        Assert.Equal(expected, string.Join('|', prompts));
    }

    [Fact]
    public void ChoicesOfAPromptFollowEachOther()
    {
        var request = Read("""{"model":"a","prompt":["x","y"],"n":2,"seed":4}""");
        Assert.Equal(["x4", "x5", "y4", "y5"], request.Generations.Select(static g => $"{g.Prompt}{g.Sampling.Seed}"));
        Assert.Equal((null, 16), (request.Generations[0].MaxTokens, request.Generations[0].UsualMaxTokens));
    }

    [Theory]
    [InlineData("prompt", """ "x":1 """)]
    [InlineData("prompt", """ "prompt":[] """)]
    [InlineData("prompt", """ "prompt":5 """)]
    [InlineData("prompt", """ "prompt":[5,"a"] """)]
    [InlineData("prompt", """ "prompt":[-5] """)]
    [InlineData("prompt[1]", """ "prompt":["a",[]] """)]
    [InlineData("prompt[0]", """ "prompt":[[1.5]] """)]
    [InlineData("suffix", """ "prompt":"a","suffix":"b" """)]
    [InlineData("best_of", """ "prompt":"a","best_of":3 """)]
    [InlineData("echo", """ "prompt":"a","echo":true,"logprobs":1 """)]
    [InlineData("echo", """ "prompt":[1],"echo":true """)]
    [InlineData("logprobs", """ "prompt":"a","logprobs":true """)]
    public void AFaultIsRefusedByTheNameOfItsField(string field, string fields)
    {
        var problem = Assert.Throws<ProblemException>(() => Read($$"""{"model":"a",{{fields}}}""")).Problem;
        Assert.Equal((400, field), (problem.Status, problem.Field));
    }

    private static CompletionRequest Read(string json) =>
        CompletionRequest.Read(new JsonFields(JsonBody.Parse(Encoding.UTF8.GetBytes(json)), ""), new ModelNames(Caller.Service));
}
