using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Store.Catalog;
using Wire = Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Tests.Serving.Inference;

/// <summary>What a model's settings make of a request, as its runner gets it.</summary>
public sealed class ModelDefaultsTests : IAsyncLifetime
{
    private readonly EngineFixture _f = new();

    public Task InitializeAsync() => _f.Engine.StartAsync(CancellationToken.None);

    public Task DisposeAsync() => _f.DisposeAsync().AsTask();

    [Fact]
    public async Task ParametersCountWhereTheRequestSaysNothing()
    {
        _f.Settings["small"] = new ModelSettings
        {
            Parameters = new ModelParameters
            {
                Temperature = 0.25f,
                TopK = 7,
                TopP = 0.5f,
                MinP = 0.1f,
                RepeatPenalty = 1.25f,
                RepeatLastN = 99,
                PresencePenalty = 0.5f,
                FrequencyPenalty = -0.5f,
                Seed = 11,
                MaxTokens = 3,
                Stop = ["END", "\n\n"],
            },
        };
        var sent = await SentAsync(Plain("small"));
        var sampling = sent.Sampling;
        Assert.Equal((0.25f, 7u, 0.5f, 0.1f), (sampling.Temperature, sampling.TopK, sampling.TopP, sampling.MinP));
        Assert.Equal((1.25f, 99u, 0.5f, -0.5f), (sampling.RepeatPenalty, sampling.RepeatLastN, sampling.PresencePenalty, sampling.FrequencyPenalty));
        Assert.Equal((11ul, 3u), (sampling.Seed, sent.MaxTokens));
        Assert.Equal(["END", "\n\n"], sent.Stop);
    }

    [Fact]
    public async Task WhatTheRequestSaysCounts()
    {
        _f.Settings["small"] = new ModelSettings
        {
            Parameters = new ModelParameters
            {
                Temperature = 0.25f,
                TopK = 7,
                Seed = 11,
                MaxTokens = 3,
                Stop = ["END"],
            },
        };
        var sent = await SentAsync(
            Plain("small") with
            {
                Sampling = new SamplingOptions { Temperature = 0, Seed = 1 },
                MaxTokens = 5,
                Stop = ["."],
            }
        );
        Assert.Equal((0f, 7u, 1ul, 5u), (sent.Sampling.Temperature, sent.Sampling.TopK, sent.Sampling.Seed, sent.MaxTokens));
        Assert.Equal(["."], sent.Stop);
    }

    [Theory]
    [InlineData(null, null, 100, 100u)]
    [InlineData(null, 20, 100, 20u)]
    [InlineData(5, 20, 100, 5u)]
    [InlineData(0, 20, 100, 0u)]
    [InlineData(null, 0, 100, 0u)]
    public async Task TheUsualLengthOfAVerbComesLast(int? asked, int? ofModel, int usual, uint expected)
    {
        _f.Settings["small"] = new ModelSettings
        {
            Parameters = new ModelParameters { MaxTokens = ofModel, Stop = ["x"] },
        };
        var request = Plain("small") with { MaxTokens = asked, UsualMaxTokens = usual };
        Assert.Equal(expected, (await SentAsync(request)).MaxTokens);
    }

    [Fact]
    public async Task TheContextIsTheModelsWhenItIsLoadedAndBoundsTheWindowOfPenalties()
    {
        _f.Settings["small"] = new ModelSettings
        {
            Parameters = new ModelParameters { ContextLength = 256, RepeatLastN = -1 },
        };
        var sent = await SentAsync(Plain("small"));
        Assert.Equal(256, _f.Engine.Loaded.Single().ContextLength);
        Assert.Equal(256u, sent.Sampling.RepeatLastN);
    }

    [Theory]
    [InlineData("user:hi", "system:be brief|user:a|assistant:b|user:hi")]
    [InlineData("system:be long|user:hi", "system:be long|user:a|assistant:b|user:hi")]
    [InlineData("developer:be long|user:hi", "developer:be long|user:a|assistant:b|user:hi")]
    [InlineData("user:hi|assistant:yes|user:more", "system:be brief|user:a|assistant:b|user:hi|assistant:yes|user:more")]
    [InlineData("user:hi|system:late|user:more", "user:a|assistant:b|user:hi|system:late|user:more")]
    public async Task AConversationBeginsAsTheModelWantsIt(string said, string expected)
    {
        _f.Settings["small"] = new ModelSettings { System = "be brief", Messages = [new ModelTurn("user", "a"), new ModelTurn("assistant", "b")] };
        var request = Plain("small") with
        {
            Prompt = null,
            Conversation = new Conversation { Messages = [.. said.Split('|').Select(Turn)] },
        };
        Assert.Equal(expected, string.Join('|', (await SentAsync(request)).Conversation.Messages.Select(static m => $"{m.Role}:{m.Content}")));
    }

    [Fact]
    public async Task AnInstructionAmongTheFirstTurnsIsTheInstruction()
    {
        _f.Settings["small"] = new ModelSettings { System = "be brief", Messages = [new ModelTurn("system", "be kind")] };
        var request = Plain("small") with
        {
            Prompt = null,
            Conversation = new Conversation { Messages = [new ChatMessage("user", "hi")] },
        };
        Assert.Equal(["system", "user"], (await SentAsync(request)).Conversation.Messages.Select(static m => m.Role));
    }

    [Fact]
    public async Task ARawPromptStaysAsItIs()
    {
        _f.Settings["small"] = new ModelSettings { System = "be brief", Messages = [new ModelTurn("user", "a")] };
        Assert.Equal("count", (await SentAsync(Plain("small"))).Prompt);
    }

    private static GenerationRequest Plain(string model) => new() { Model = ModelSelection.Stored(model), Prompt = "count" };

    private static ChatMessage Turn(string text) => new(text.Split(':')[0], text.Split(':')[1]);

    private async Task<Wire.Submit> SentAsync(GenerationRequest request)
    {
        await _f.RunAsync(request);
        return _f.Launcher.Last.Generations.Submitted.Last();
    }
}
