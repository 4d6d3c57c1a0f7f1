using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Daemon.Services.Inference;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Tests.Services.Inference;

public sealed class RequestMappingTests
{
    private static readonly ModelSelection Model = ModelSelection.Stored("m");

    [Fact]
    public void Absent_fields_stay_absent_and_end_as_the_defaults_the_api_documents()
    {
        var request = RequestMapping.Generation(new GenerateRequest { Prompt = "p" }, Model);

        Assert.Equal(new SamplingOptions(), request.Sampling);
        var usual = request.Sampling.Over(SamplingOptions.Usual);
        Assert.Equal((1.0f, 40, 0.95f, 0.05f), (usual.Temperature, usual.TopK, usual.TopP, usual.MinP));
        Assert.Null(usual.Seed);
        Assert.Null(request.Load.KeepAlive);
        Assert.Equal((null, 0), (request.MaxTokens, request.UsualMaxTokens));
    }

    [Theory]
    [InlineData(0u, false, null)]
    [InlineData(0u, true, 0)]
    [InlineData(7u, false, 7)]
    public void No_limit_is_another_thing_than_none_said(uint tokens, bool unlimited, int? expected)
    {
        var request = new GenerateRequest
        {
            Prompt = "p",
            MaxTokens = tokens,
            UnlimitedTokens = unlimited,
        };
        Assert.Equal(expected, RequestMapping.Generation(request, Model).MaxTokens);
    }

    [Fact]
    public void Zero_is_not_absent()
    {
        var sampling = new Sampling
        {
            Temperature = 0,
            TopK = 0,
            TopP = 0,
            MinP = 0,
            Seed = 0,
        };
        var mapped = RequestMapping.Generation(new GenerateRequest { Prompt = "p", Sampling = sampling }, Model).Sampling;

        Assert.Equal((0f, 0, 0f, 0f, 0ul), (mapped.Temperature, mapped.TopK, mapped.TopP, mapped.MinP, mapped.Seed));
    }

    [Fact]
    public void A_prompt_and_a_conversation_are_told_apart_even_when_empty()
    {
        var prompt = RequestMapping.Generation(new GenerateRequest { Prompt = "" }, Model);
        var chat = RequestMapping.Generation(
            new GenerateRequest
            {
                Conversation = new Api.V1.Conversation
                {
                    Messages =
                    {
                        new Api.V1.ChatMessage { Role = "user", Content = "hi" },
                    },
                },
            },
            Model
        );
        var neither = RequestMapping.Generation(new GenerateRequest(), Model);

        Assert.Equal("", prompt.Prompt);
        Assert.Null(prompt.Conversation);
        Assert.Null(chat.Prompt);
        Assert.Equal(new Engine.Serving.Inference.ChatMessage("user", "hi"), Assert.Single(chat.Conversation!.Messages));
        Assert.Null(neither.Prompt);
        Assert.Null(neither.Conversation);
    }

    [Fact]
    public void A_negative_keep_alive_stays_negative_and_one_longer_than_time_means_for_ever()
    {
        Assert.Equal(
            TimeSpan.FromSeconds(-1),
            RequestMapping.Load(new LoadModelRequest { KeepAlive = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1)) }).KeepAlive
        );
        Assert.True(RequestMapping.Load(new LoadModelRequest { KeepAlive = new Duration { Seconds = long.MaxValue } }).KeepAlive < TimeSpan.Zero);
    }

    [Fact]
    public void Counts_beyond_what_the_engine_counts_are_its_most() =>
        Assert.Equal(int.MaxValue, RequestMapping.Generation(new GenerateRequest { MaxTokens = uint.MaxValue }, Model).MaxTokens);

    [Fact]
    public void Priorities_are_known_ones()
    {
        var request = new GenerateRequest { Prompt = "x", Priority = Api.V1.GenerationPriority.Batch };
        Assert.Equal(Engine.Serving.Inference.GenerationPriority.Batch, RequestMapping.Generation(request, ModelSelection.Stored("m")).Priority);
        request.Priority = (Api.V1.GenerationPriority)9;
        Assert.Equal(
            "unknown priority: 9",
            Assert.Throws<Engine.Errors.EngineException>(() => RequestMapping.Generation(request, ModelSelection.Stored("m"))).Message
        );
    }
}
