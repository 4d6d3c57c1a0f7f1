using Grpc.Wire;

namespace Ilab.Rpc.Tests.Wire;

public sealed class TimeoutHeaderTests
{
    [Theory]
    [InlineData(0, "1n")]
    [InlineData(0.03, "30000000n")]
    [InlineData(1, "1000000u")]
    [InlineData(100, "100000m")]
    [InlineData(100_000, "100000S")]
    public void Formats(double seconds, string text)
    {
        var formatted = TimeoutHeader.Format(TimeSpan.FromSeconds(seconds));
        Assert.True(formatted.Length <= 9, formatted);
        Assert.True(TimeoutHeader.TryParse(formatted, out var back));
        if (seconds > 0)
        {
            Assert.Equal(seconds, back.TotalSeconds, 3);
        }

        if (!char.IsAsciiDigit(text[^1]))
        {
            Assert.Equal(text, formatted);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("123456789m")]
    [InlineData("-5S")]
    [InlineData("5x")]
    public void RefusesWhatIsNone(string text) => Assert.False(TimeoutHeader.TryParse(text, out _));
}
