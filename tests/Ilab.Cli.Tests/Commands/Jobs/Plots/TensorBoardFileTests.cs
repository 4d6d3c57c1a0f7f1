using System.Buffers.Binary;
using Ilab.Cli.Commands.Jobs.Plots;
using Ilab.Cli.Commands.Jobs.Plots.Wire;

namespace Ilab.Cli.Tests.Commands.Jobs.Plots;

public sealed class TensorBoardFileTests
{
    [Fact]
    public void EveryNumberIsARecordWithItsChecksums()
    {
        using var file = new MemoryStream();
        TensorBoardFile.Write(file, LossCurveTests.Lines);
        var events = new List<Event>();
        for (var rest = file.ToArray().AsSpan(); rest.Length > 0; )
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(rest);
            Assert.Equal(TensorBoardFile.Masked(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            Assert.Equal(TensorBoardFile.Masked(rest.Slice(12, length)), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            events.Add(Event.Parser.ParseFrom(rest.Slice(12, length)));
            rest = rest[(16 + length)..];
        }

        Assert.Equal("brain.Event:2", events[0].Version);
        var values = events.Skip(1).Select(static entry => Assert.Single(entry.Summary.Value)).ToList();
        Assert.Equal(5, values.Count(static value => value.Tag == "train/loss"));
        Assert.Equal(4, values.Count(static value => value.Tag == "train/learning_rate"));
        Assert.Contains(values, static value => value.Tag == "eval/loss" && value.HasNumber);
    }

    /// <summary>The check value of CRC-32C, masked by TensorFlow's rule.</summary>
    [Fact]
    public void TheChecksumIsThatOfTheFormat() => Assert.Equal(uint.RotateRight(0xE3069283, 15) + 0xA282EAD8, TensorBoardFile.Masked("123456789"u8));

    /// <summary>Field numbers and types of the format, written out: the classes are made from our own description of it.</summary>
    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        using var file = new MemoryStream();
        TensorBoardFile.Write(file, ["{\"type\":\"step\",\"time\":\"1970-01-01T00:00:02Z\",\"step\":3,\"loss\":0}"]);
        byte[] version = [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x1A, 13, .. "brain.Event:2"u8];
        byte[] loss = [0x09, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x10, 3, 0x2A, 19, 0x0A, 17, 0x0A, 10, .. "train/loss"u8, 0x15, 0, 0, 0, 0];
        Assert.Equal(version, file.ToArray()[12..(12 + version.Length)]);
        Assert.Equal(loss, file.ToArray()[(version.Length + 16 + 12)..^4]);
    }
}
