using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Prompts of token ids, and biases of tokens.</summary>
[Collection(NativeCompute.Name)]
public sealed class InputTests(HostedModel model) : IClassFixture<HostedModel>
{
    [Fact]
    public async Task TokensOfATextAreAnsweredAsTheText()
    {
        var text = model.Request();
        var tokens = model.Host.Tokenize(new TokenizeRequest { Text = text.Prompt, AddSpecial = true })!.Tokens;
        var request = model.Request();
        request.TokenPrompt = new TokenPrompt { Tokens = { tokens } };
        var (first, second) = (await model.AskAsync(text), await model.AskAsync(request));
        Assert.Equal(first.Text, second.Text);
        Assert.Equal((uint)tokens.Count, second.Finished.PromptTokens);
    }

    [Fact]
    public async Task ABiasMakesATokenCertainOrImpossible()
    {
        var plain = model.Request();
        plain.EchoLogprobs = true;
        var likeliest = (await model.AskAsync(plain)).Tokens[0].Token;
        foreach (var (bias, count) in new[] { (100f, 24), (-100f, 0) })
        {
            var request = model.Request();
            request.EchoLogprobs = true;
            request.Sampling.LogitBias[likeliest] = bias;
            Assert.Equal(count, (await model.AskAsync(request)).Tokens.Count(token => token.Token == likeliest));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(100_000)]
    public async Task ATokenThatTheModelDoesNotHaveIsRefused(int token)
    {
        var prompt = model.Request();
        prompt.TokenPrompt = new TokenPrompt { Tokens = { 5, token } };
        var bias = model.Request();
        bias.Sampling.LogitBias[token] = 1;
        foreach (var request in new[] { prompt, bias })
        {
            var failed = (await model.AskAsync(request)).Failed;
            Assert.Equal(RunnerErrors.InvalidArgument, failed.ErrorKind);
            Assert.Contains($"{token} ", failed.Message, StringComparison.Ordinal);
        }
    }
}
