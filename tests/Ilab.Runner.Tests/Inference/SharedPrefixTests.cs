using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Prompts that begin alike are computed once, whoever asks and whenever; the answers are those of a cache of one's own.</summary>
[Collection(NativeCompute.Name)]
public sealed class SharedPrefixTests(HostedModel model) : IClassFixture<HostedModel>
{
    private const int Common = 100;
    private static readonly string Beginning = string.Concat(Enumerable.Range(0, Common).Select(static index => (char)('a' + (index * 7 % 26))));

    [Fact]
    public async Task SeveralAtOnceComputeTheirCommonBeginningOnce()
    {
        Submit[] requests = [.. Enumerable.Range(0, 6).Select(index => Request($"at once {Beginning}{index}{index * 7}"))];
        await using var reader = new SessionReader(model.Host);
        Array.ForEach(requests, reader.Submit);
        var answers = new List<Answer>();
        foreach (var request in requests)
        {
            answers.Add(await reader.ReadAsync(request.GenerationId));
        }

        var alone = new List<Answer>();
        foreach (var request in requests)
        {
            alone.Add(await model.AskAsync(Fresh(request)));
        }

        Assert.All(alone.Zip(answers), static pair => pair.First.AssertSame(pair.Second));
        Assert.Single(answers, static answer => answer.Finished.CachedPromptTokens < Common);
    }

    [Fact]
    public async Task BranchesOfAConversationDoNotTakeItFromEachOther()
    {
        const string Talk = "a conversation that goes this way and that way and then ";
        await model.AskAsync(Request(Talk + "left"));
        var right = await model.AskAsync(Request(Talk + "right"));
        var left = await model.AskAsync(Request(Talk + "left again"));

        Assert.InRange(right.Finished.CachedPromptTokens, (uint)Talk.Length, right.Finished.PromptTokens - 1);
        Assert.InRange(left.Finished.CachedPromptTokens, (uint)(Talk + "left").Length, left.Finished.PromptTokens - 1);
        (await model.AskAsync(Fresh(Request(Talk + "left again")))).AssertSame(left);
    }

    [Fact]
    public async Task WhatWasUsedLeastRecentlyMakesRoom()
    {
        // The cache has 8 contexts of 256 tokens; these fill it three times over.
        for (var index = 0; index < 30; index++)
        {
            var answer = await model.AskAsync(Request($"{index} is the number of {Beginning}{Beginning}", tokens: 4));
            Assert.Equal(4U, answer.Finished.CompletionTokens);
            Assert.InRange(answer.Finished.CachedPromptTokens, 0U, 10U);
        }

        var (last, first) = (
            await model.AskAsync(Request($"29 is the number of {Beginning}{Beginning}")),
            await model.AskAsync(Request($"0 is the number of {Beginning}"))
        );
        Assert.InRange(last.Finished.CachedPromptTokens, 2U * Common, last.Finished.PromptTokens);
        Assert.InRange(first.Finished.CachedPromptTokens, 0U, 10U);
    }

    private Submit Request(string prompt, uint tokens = 16)
    {
        var request = model.Request(prompt, tokens);
        (request.Fresh, request.Logprobs) = (false, 2);
        return request;
    }

    private Submit Fresh(Submit request)
    {
        var fresh = Request(request.Prompt);
        fresh.Fresh = true;
        return fresh;
    }
}
