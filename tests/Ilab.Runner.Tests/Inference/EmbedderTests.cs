using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Embeddings beside generations.</summary>
[Collection(NativeCompute.Name)]
public sealed class EmbedderTests(HostedModel model) : IClassFixture<HostedModel>
{
    [Fact]
    public async Task ATextHasOneVectorOfLengthOneHoweverItIsGiven()
    {
        var tokens = model.Host.Tokenize(new TokenizeRequest { Text = "a boat", AddSpecial = true })!.Tokens;
        var (alone, both) = (
            await EmbedAsync(Text("a boat")),
            await EmbedAsync(Text("the sea"), new EmbedInput { Tokens = new TokenPrompt { Tokens = { tokens } } })
        );
        Assert.Equal(64, alone.Embeddings[0].Values.Count);
        Assert.Equal(1, alone.Embeddings[0].Values.Sum(static value => (double)value * value), 5);
        Assert.Equal(alone.Embeddings[0].Values, both.Embeddings[1].Values);
        Assert.Equal((uint)tokens.Count, alone.Embeddings[0].Tokens);
        Assert.NotEqual(both.Embeddings[0].Values, both.Embeddings[1].Values);
    }

    [Fact]
    public async Task AGenerationInProgressIsNotDisturbed()
    {
        var alone = await model.AskAsync(model.Request(tokens: 100));
        await using var reader = new SessionReader(model.Host);
        var request = model.Request(tokens: 100);
        reader.Submit(request);
        var texts = await EmbedAsync([.. Enumerable.Range(0, 20).Select(static number => Text($"text {number}"))]);
        Assert.Equal(20, texts.Embeddings.Count);
        Assert.Equal(alone.Text, (await reader.ReadAsync(request.GenerationId)).Text);
    }

    [Fact]
    public async Task ATextThatIsTooLongIsRefusedUnlessItMayBeCut()
    {
        var text = new string('x', 2 * HostedModel.ContextLength);
        var refused = await EmbedAsync(Text(text));
        Assert.Equal(RunnerErrors.ContextExceeded, refused.ErrorKind);
        Assert.Contains($"{HostedModel.ContextLength}", refused.Error, StringComparison.Ordinal);
        var cut = (await model.Host.EmbedAsync(new EmbedRequest { Truncate = true, Inputs = { Text(text) } }, CancellationToken.None))!;
        Assert.Equal((uint)HostedModel.ContextLength, cut.Embeddings[0].Tokens);
    }

    [Fact]
    public async Task ATokenThatTheModelDoesNotHaveIsRefused() =>
        Assert.Equal(RunnerErrors.InvalidArgument, (await EmbedAsync(new EmbedInput { Tokens = new TokenPrompt { Tokens = { -1 } } })).ErrorKind);

    private static EmbedInput Text(string text) => new() { Text = text };

    private async Task<EmbedResponse> EmbedAsync(params EmbedInput[] inputs) =>
        (await model.Host.EmbedAsync(new EmbedRequest { Inputs = { inputs } }, CancellationToken.None))!;
}
