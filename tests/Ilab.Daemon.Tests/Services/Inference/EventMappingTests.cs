using Ilab.Api.V1;
using Ilab.Daemon.Services.Inference;
using Core = Ilab.Engine.Serving;

namespace Ilab.Daemon.Tests.Services.Inference;

public sealed class EventMappingTests
{
    [Theory]
    [InlineData(Core.Generation.FinishReason.Stop, FinishReason.Stop)]
    [InlineData(Core.Generation.FinishReason.Length, FinishReason.Length)]
    [InlineData(Core.Generation.FinishReason.Cancelled, FinishReason.Cancelled)]
    public void Finish_reasons_keep_their_meaning(Core.Generation.FinishReason reason, FinishReason expected)
    {
        var mapped = EventMapping.ToApi(
            new Core.Generation.GenerationFinished(9)
            {
                Reason = reason,
                Seed = 42,
                LoadTime = TimeSpan.FromSeconds(1.5),
            }
        );

        Assert.Equal(expected, mapped.Finished.Reason);
        Assert.Equal((9ul, 42ul, 1.5), (mapped.Offset, mapped.Finished.Seed, mapped.Finished.LoadTime.ToTimeSpan().TotalSeconds));
    }

    [Fact]
    public void Half_characters_of_tokens_survive()
    {
        var token = new Core.Generation.TokenLogprob(7, new byte[] { 0xE2, 0x82 }, -0.5f, [new Core.Generation.TokenLogprob(8, new byte[] { 0xAC }, -1f, [])]);
        var mapped = EventMapping.ToApi(new Core.Generation.GenerationDelta(1, "", 1, [token])).Delta.Tokens.Single();

        Assert.Equal([0xE2, 0x82], mapped.Piece.ToByteArray());
        Assert.Equal(8, mapped.Top.Single().Token);
    }

    [Fact]
    public void A_model_kept_for_ever_has_no_time_of_expiry()
    {
        var mapped = EventMapping.ToApi(
            new Core.Models.LoadedModel
            {
                RunnerId = "r",
                Name = "m",
                Digest = "",
                Device = "cpu",
                State = "ready",
            }
        );

        Assert.Null(mapped.ExpiresAt);
        Assert.Equal("ready", mapped.State);
    }
}
