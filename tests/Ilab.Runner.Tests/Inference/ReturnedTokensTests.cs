using System.Text;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>The tokens of prompt and answer, for requests that go on from there.</summary>
[Collection(NativeCompute.Name)]
public sealed class ReturnedTokensTests
{
    [Fact]
    public async Task AreThoseOfThePromptAndTheAnswerWithoutAStopString()
    {
        using var model = new HostedModel(
            static file => RandomLlama.Write(file, new LlamaShape(64, 96, 2, 2, 512, Counts: true), "counts"),
            static spec => spec
        );
        var request = model.Request(tokens: 12);
        Assert.Empty((await model.AskAsync(request)).Finished.Tokens);

        request = model.Request(tokens: 12);
        request.ReturnTokens = true;
        var answer = await model.AskAsync(request);
        var tokens = answer.Finished.Tokens;
        Assert.Equal(answer.Finished.PromptTokens + 12, (uint)tokens.Count);
        Assert.Equal(answer.Text, TextOf(model, tokens.Skip((int)answer.Finished.PromptTokens)));

        // In the middle of a word: no token of it is part of the answer.
        var words = answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        request = model.Request(tokens: 12);
        (request.ReturnTokens, request.EchoLogprobs) = (true, true);
        request.Stop.Add(words[4][1..]);
        var stopped = await model.AskAsync(request);
        var kept = stopped.Finished.Tokens.Skip((int)stopped.Finished.PromptTokens).ToList();
        Assert.NotEmpty(stopped.Finished.Stop);
        Assert.True(kept.Count < stopped.Finished.CompletionTokens);
        Assert.StartsWith(TextOf(model, kept), stopped.Text, StringComparison.Ordinal);
        Assert.Equal(tokens.Take(stopped.Finished.Tokens.Count), stopped.Finished.Tokens);
    }

    private static string TextOf(HostedModel model, IEnumerable<int> tokens) =>
        Encoding.UTF8.GetString(model.Host.Detokenize(new Contract.V1.DetokenizeRequest { Tokens = { tokens } })!.Text.Span);
}
