using Ilab.Gguf.Conversion.HuggingFace;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Logarithms of decays come back from a GGUF: exactly where they came from half precision, and always so that the same decay comes of them.</summary>
public sealed class DecaysTests
{
    [Fact]
    public void NumbersOfHalfPrecisionComeBack()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var brain = BitConverter.Int32BitsToSingle(bits << 16);
            var half = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            foreach (var value in new[] { brain, half }.Where(static value => Math.Abs(value) is >= 1 / 16f and < 80))
            {
                Assert.Equal(value, Decays.LogarithmOf(Decays.Of(value)));
            }
        }
    }

    [Fact]
    public void TheSameDecayComesOfWhatComesBack()
    {
        var random = new Random(5);
        for (var count = 0; count < 100_000; count++)
        {
            var value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 3)));
            var decay = Decays.Of(value);
            if (decay < 0 && float.IsFinite(decay))
            {
                Assert.Equal(decay, Decays.Of(Decays.LogarithmOf(decay)));
            }
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NegativeInfinity)]
    public void DecaysWithoutANumberKeepTheirEnd(float decay) => Assert.Equal(decay, Decays.Of(Decays.LogarithmOf(decay)));
}
