using System.Text;
using Ilab.Engine.Serving.Generation;
using Ilab.Http.Generating;

namespace Ilab.Http.Tests.Generating;

/// <summary>Tokens are given out with their text, and not without it.</summary>
public sealed class LogprobTrackTests
{
    [Fact]
    public void TokensOfTextThatIsHeldBackWaitAndThoseOfAStopStringAreDropped()
    {
        var track = new LogprobTrack();
        Assert.Equal(["one"], Take(track, "one", "one", " S"));
        Assert.Empty(Take(track, "", "T"));
        Assert.Empty(track.Rest(Finished(stop: " ST")));
    }

    [Fact]
    public void WhatWasHeldBackForNothingComesInTheEnd()
    {
        var track = new LogprobTrack();
        Assert.Equal(["one"], Take(track, "one", "one", " S"));
        Assert.Equal([" S"], track.Rest(Finished(stop: "")).Select(TextOf));
    }

    [Fact]
    public void ATokenOnTheBorderBelongsToTheText()
    {
        var track = new LogprobTrack();
        Assert.Equal(["one"], Take(track, "one t", "one", " two"));
        Assert.Equal([" two"], track.Rest(Finished(stop: "wo")).Select(TextOf));
    }

    private static IEnumerable<string> Take(LogprobTrack track, string text, params string[] tokens) =>
        track
            .Take(new GenerationDelta(1, text, tokens.Length, [.. tokens.Select(static token => new TokenLogprob(1, Encoding.UTF8.GetBytes(token), 0, []))]))
            .Select(TextOf);

    private static string TextOf(TokenLogprob token) => Encoding.UTF8.GetString(token.Piece.Span);

    private static GenerationFinished Finished(string stop) => new(2) { Reason = FinishReason.Stop, Stop = stop };
}
