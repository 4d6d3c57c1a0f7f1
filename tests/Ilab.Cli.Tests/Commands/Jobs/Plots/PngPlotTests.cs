using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Ilab.Cli.Commands.Jobs.Plots;

namespace Ilab.Cli.Tests.Commands.Jobs.Plots;

public sealed class PngPlotTests
{
    [Fact]
    public void ThePictureIsAsLargeAsItSaysAndHasTheCurveInIt()
    {
        var png = PngPlot.Draw(LossCurve.Read("loss", LossCurveTests.Lines)).AsSpan();
        Assert.Equal("PNG", Encoding.ASCII.GetString(png[1..4]));
        var chunks = new Dictionary<string, byte[]>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png[at..]);
            chunks[Encoding.ASCII.GetString(png.Slice(at + 4, 4))] = png.Slice(at + 8, length).ToArray();
            Assert.Equal(BinaryPrimitives.ReadUInt32BigEndian(png[(at + 8 + length)..]), Checksums.Crc32(png.Slice(at + 4, length + 4), Checksums.Ieee));
            at += length + 12;
        }

        Assert.Equal((800, 480), (BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"]), BinaryPrimitives.ReadInt32BigEndian(chunks["IHDR"].AsSpan(4))));
        using var inflated = new MemoryStream();
        new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress).CopyTo(inflated);
        Assert.Equal(801 * 480, inflated.Length);
        Assert.True(inflated.ToArray().Count(static value => value == 3) > 500);
    }

    [Fact]
    public void ChecksumsAreTheKnownOnes()
    {
        Assert.Equal(0xCBF43926, Checksums.Crc32("123456789"u8, Checksums.Ieee));
        Assert.Equal(0xE3069283, Checksums.Crc32("123456789"u8, Checksums.Castagnoli));
    }
}
