using Grpc.Wire;

namespace Ilab.Rpc.Tests.Wire;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("100 %", "100 %25")]
    [InlineData("ä\n", "%C3%A4%0A")]
    public void EncodesWhatIsNotPlain(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Fact]
    public void ABrokenEscapeStays() => Assert.Equal("50% off %zz", PercentEncoding.Decode("50% off %zz"));
}
