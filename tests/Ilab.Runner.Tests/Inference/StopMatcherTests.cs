using System.Text;
using Ilab.Runner.Inference.Output;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Stop strings in text that comes in pieces.</summary>
public sealed class StopMatcherTests
{
    [Theory]
    [InlineData("Hello STOP world", "STOP", "Hello ")]
    [InlineData("abcabd", "abd", "abc")]
    [InlineData("no stop here", "STOP", "no stop here")]
    [InlineData("aaaa", "aaab", "aaaa")]
    public void TheStopStringIsNeverGivenOutHoweverTheTextIsCut(string text, string stop, string expected)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var matcher = new StopMatcher([stop]);
            var output = new StringBuilder();
            var found = false;
            for (var at = 0; at < text.Length && !found; at += size)
            {
                found = matcher.Add(text.AsSpan(at, Math.Min(size, text.Length - at)), output);
            }

            if (!found)
            {
                matcher.Finish(output);
            }

            Assert.Equal(expected, output.ToString());
            Assert.Equal(found ? stop : null, matcher.Found);
        }
    }

    [Fact]
    public void TheEarliestOfSeveralWins()
    {
        var matcher = new StopMatcher(["world", "lo w"]);
        var output = new StringBuilder();
        Assert.True(matcher.Add("hello world", output));
        Assert.Equal("hel", output.ToString());
    }
}
