using System.Text.Json;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Embeddings of a small random model, and of a real one against PyTorch's.</summary>
[Collection(NativeCompute.Name)]
public sealed class EmbeddingTests(HostedModel model) : IClassFixture<HostedModel>
{
    // One text alone and among others: attention sums over the cells of all of them, in another order and in half precision.
    private const double Rounding = 0.01;

    [Theory]
    [InlineData("mean")]
    [InlineData("first")]
    [InlineData("last")]
    public async Task OneEmbeddingIsMadeOfThoseOfTheTokens(string pooling)
    {
        var tokens = Assert.Single((await EmbedAsync(Request("none", isRaw: true, "the quick brown fox"))).Embeddings);
        var pooled = Assert.Single((await EmbedAsync(Request(pooling, isRaw: true, "the quick brown fox"))).Embeddings);
        var rows = tokens.Values.Chunk(pooled.Values.Count).ToList();
        Assert.Equal((int)tokens.Tokens, rows.Count);
        var expected = pooling switch
        {
            "mean" => [.. Enumerable.Range(0, pooled.Values.Count).Select(index => rows.Average(row => row[index]))],
            "first" => rows[0],
            _ => rows[^1],
        };
        Assert.True(Distance(expected, pooled.Values) < 1e-4);
    }

    [Fact]
    public async Task AModelThatSaysNothingTakesTheMeanAndTheLengthIsOne()
    {
        var usual = Assert.Single((await EmbedAsync(Request("", isRaw: false, "once upon a time"))).Embeddings).Values;
        var mean = Assert.Single((await EmbedAsync(Request("mean", isRaw: true, "once upon a time"))).Embeddings).Values;
        var length = Length(mean);
        Assert.NotInRange(length, 0.99, 1.01);
        Assert.Equal(1, Length(usual), 1e-5);
        Assert.True(Distance([.. mean.Select(value => (float)(value / length))], usual) < 1e-5);
    }

    [Fact]
    public async Task ManyTextsAreWhatEachIsAlone()
    {
        // More than a batch takes, of tokens and of texts, some of them longer than a usual batch would be full with.
        string[] texts = [.. Enumerable.Range(1, 75).Select(static index => string.Concat(Enumerable.Repeat($"word{index} ", 1 + (index % 9))))];
        var together = await EmbedAsync(Request("", isRaw: false, texts));
        Assert.Equal(texts.Length, together.Embeddings.Count);
        foreach (var index in new[] { 0, 8, 31, 32, 33, 74 })
        {
            var alone = Assert.Single((await EmbedAsync(Request("", isRaw: false, texts[index]))).Embeddings);
            Assert.Equal(alone.Tokens, together.Embeddings[index].Tokens);
            Assert.InRange(Distance(alone.Values, together.Embeddings[index].Values), 0, Rounding);
            Assert.True(
                Distance(alone.Values, together.Embeddings[(index + 1) % 75].Values) > 10 * Rounding,
                "all texts have the same embedding: this shows nothing"
            );
        }
    }

    [Fact]
    public async Task DimensionsAreTheFirstOnesAndOfLengthOneAgain()
    {
        var whole = Assert.Single((await EmbedAsync(Request("mean", isRaw: true, "zebra"))).Embeddings).Values;
        var request = Request("mean", isRaw: false, "zebra");
        request.Dimensions = 5;
        var few = Assert.Single((await EmbedAsync(request)).Embeddings).Values;
        var length = Length(whole.Take(5));
        Assert.True(Distance([.. whole.Take(5).Select(value => (float)(value / length))], few) < 1e-4);

        request.Dimensions = (uint)whole.Count + 1;
        var refused = await EmbedAsync(request);
        Assert.Equal((RunnerErrors.InvalidArgument, 0), (refused.ErrorKind, refused.Embeddings.Count));
        Assert.Contains($"{whole.Count} dimensions", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsTooLongIsRefusedWithTheNumbersOrCut()
    {
        var text = string.Concat(Enumerable.Repeat("abc ", HostedModel.ContextLength));
        var request = Request("last", isRaw: false, "short", text);
        var refused = await EmbedAsync(request);
        Assert.Equal(RunnerErrors.ContextExceeded, refused.ErrorKind);
        Assert.Matches($"^an input has [0-9]+ tokens, more than the context of {HostedModel.ContextLength}", refused.Error);
        request.Truncate = true;
        Assert.Equal((uint)HostedModel.ContextLength, (await EmbedAsync(request)).Embeddings[1].Tokens);
    }

    [Fact]
    public async Task TokensAreTakenAsTheyAre()
    {
        var text = "the quick brown fox";
        var tokens = model.Host.Tokenize(new TokenizeRequest { Text = text, AddSpecial = true })!.Tokens;
        var request = Request("", isRaw: false);
        request.Inputs.Add(new EmbedInput { Tokens = { tokens } });
        var byTokens = Assert.Single((await EmbedAsync(request)).Embeddings);
        Assert.Equal(Assert.Single((await EmbedAsync(Request("", isRaw: false, text))).Embeddings).Values, byTokens.Values);

        request.Inputs[0].Tokens[0] = 1_000_000;
        Assert.Equal(RunnerErrors.InvalidArgument, (await EmbedAsync(request)).ErrorKind);
    }

    [Theory]
    [InlineData("most", "unknown pooling 'most'")]
    [InlineData("rank", "is no classifier")]
    public async Task WhatAModelCannotMakeIsRefused(string pooling, string expected) =>
        Assert.Contains(expected, (await EmbedAsync(Request(pooling, isRaw: false, "a"))).Error, StringComparison.Ordinal);

    [Fact]
    public async Task GenerationsGoOnBesideEmbeddings()
    {
        var alone = await model.AskAsync(model.Request(tokens: 60));
        var answer = model.AskAsync(model.Request(tokens: 60));
        var embeddings = EmbedAsync(Request("", isRaw: false, [.. Enumerable.Range(0, 200).Select(static index => $"text {index}")]));
        Assert.Equal(alone.Text, (await answer).Text);
        Assert.Equal(200, (await embeddings).Embeddings.Count);
    }

    [Fact]
    public async Task AModelThatIsUnloadedAnswersNobody()
    {
        var own = new HostedModel();
        own.Dispose();
        Assert.Null(await own.Host.Embeddings.EmbedAsync(Request("", isRaw: false, "a"), CancellationToken.None));
    }

    [SkippableFact]
    public async Task ARealModelMakesWhatPyTorchMakes()
    {
        var shared = TestPaths.Shared ?? "";
        var (file, reference) = (
            Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"),
            Path.Combine(shared, "reference", "smollm2", "embedding.json")
        );
        Skip.IfNot(File.Exists(file) && File.Exists(reference), "no ../shared: embeddings of SmolLM2 are not compared");
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(reference));
        using var real = new HostedModel(path => File.CreateSymbolicLink(path, file), parallel: 1);
        var response = await real.Host.Embeddings.EmbedAsync(
            Request("", isRaw: false, expected.RootElement.GetProperty("text").GetString()!),
            CancellationToken.None
        );
        var values = Assert.Single(response!.Embeddings).Values;
        Assert.Equal(expected.RootElement.GetProperty("dimensions").GetInt32(), values.Count);

        // Products of quantized weights and quantized activations against products in F32.
        var first = expected.RootElement.GetProperty("first16").EnumerateArray().Select(static value => value.GetSingle()).ToArray();
        Assert.InRange(Distance(first, [.. values.Take(16)]) / Length(first), 0, 0.1);
    }

    private static EmbedRequest Request(string pooling, bool isRaw, params string[] texts) =>
        new()
        {
            Pooling = pooling,
            Raw = isRaw,
            Inputs = { texts.Select(static text => new EmbedInput { Text = text }) },
        };

    private static double Length(IEnumerable<float> values) => Math.Sqrt(values.Sum(static value => (double)value * value));

    private static double Distance(IReadOnlyList<float> one, IReadOnlyList<float> other)
    {
        Assert.Equal(one.Count, other.Count);
        return Length(one.Zip(other, static (a, b) => a - b));
    }

    private async Task<EmbedResponse> EmbedAsync(EmbedRequest request) => (await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None))!;
}
