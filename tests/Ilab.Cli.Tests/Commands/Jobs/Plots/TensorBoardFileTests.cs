using System.Buffers.Binary;
using System.Text;
using Ilab.Cli.Commands.Jobs.Plots;

namespace Ilab.Cli.Tests.Commands.Jobs.Plots;

public sealed class TensorBoardFileTests
{
    [Fact]
    public void EveryNumberIsARecordWithItsChecksums()
    {
        using var file = new MemoryStream();
        TensorBoardFile.Write(file, LossCurveTests.Lines);
        var records = new List<string>();
        for (var rest = file.ToArray().AsSpan(); rest.Length > 0;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(rest);
            Assert.Equal(Masked(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            Assert.Equal(Masked(rest.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            records.Add(Encoding.Latin1.GetString(rest.Slice(12, length)));
            rest = rest[(16 + length)..];
        }

        Assert.EndsWith("brain.Event:2", records[0], StringComparison.Ordinal);
        Assert.Equal(5, records.Count(static record => record.Contains("train/loss", StringComparison.Ordinal)));
        Assert.Equal(4, records.Count(static record => record.Contains("train/learning_rate", StringComparison.Ordinal)));
        Assert.Contains(records, static record => record.Contains("eval/loss", StringComparison.Ordinal));
    }

    private static uint Masked(ReadOnlySpan<byte> data) => uint.RotateRight(Checksums.Crc32(data, Checksums.Castagnoli), 15) + 0xA282EAD8;
}
