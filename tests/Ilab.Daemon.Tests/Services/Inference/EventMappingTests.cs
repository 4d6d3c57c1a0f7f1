using Ilab.Api.V1;
using Ilab.Daemon.Services.Inference;
using Ilab.Engine.Serving.Runners;
using Core = Ilab.Engine.Serving.Inference;

namespace Ilab.Daemon.Tests.Services.Inference;

public sealed class EventMappingTests
{
    [Theory]
    [InlineData(Core.FinishReason.Stop, FinishReason.Stop)]
    [InlineData(Core.FinishReason.Length, FinishReason.Length)]
    [InlineData(Core.FinishReason.Cancelled, FinishReason.Cancelled)]
    public void Finish_reasons_keep_their_meaning(Core.FinishReason reason, FinishReason expected)
    {
        var mapped = EventMapping.ToApi(new Core.GenerationFinished(9) { Reason = reason, Seed = 42, LoadTime = TimeSpan.FromSeconds(1.5) });

        Assert.Equal(expected, mapped.Finished.Reason);
        Assert.Equal((9ul, 42ul, 1.5), (mapped.Offset, mapped.Finished.Seed, mapped.Finished.LoadTime.ToTimeSpan().TotalSeconds));
    }

    [Fact]
    public void Half_characters_of_tokens_survive()
    {
        var token = new Core.TokenLogprob(7, new byte[] { 0xE2, 0x82 }, -0.5f, [new Core.TokenLogprob(8, new byte[] { 0xAC }, -1f, [])]);
        var mapped = EventMapping.ToApi(new Core.GenerationDelta(1, "", 1, [token])).Delta.Tokens.Single();

        Assert.Equal([0xE2, 0x82], mapped.Piece.ToByteArray());
        Assert.Equal(8, mapped.Top.Single().Token);
    }

    [Fact]
    public void Threads_are_told_with_their_reason()
    {
        var mapped = EventMapping.ToApi(new Core.LoadedModel { RunnerId = "r", Name = "m", Digest = "", Device = "cpu", State = "ready", Threads = new RunnerThreads(1, 2, "busy") });

        Assert.Equal((1u, 2u, "busy"), (mapped.Threads, mapped.ThreadsLimit, mapped.ThreadsReason));
    }

    [Fact]
    public void A_model_kept_for_ever_has_no_time_of_expiry()
    {
        var mapped = EventMapping.ToApi(new Core.LoadedModel { RunnerId = "r", Name = "m", Digest = "", Device = "cpu", State = "ready" });

        Assert.Null(mapped.ExpiresAt);
        Assert.Equal("ready", mapped.State);
    }
}
