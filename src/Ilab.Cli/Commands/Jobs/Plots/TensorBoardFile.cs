using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;
using Google.Protobuf;
using Ilab.Cli.Commands.Jobs.Plots.Wire;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>
/// Metrics as an event file that TensorBoard reads: length-prefixed records with checksums, each a protocol buffer of one number at one step.
/// </summary>
internal static class TensorBoardFile
{
    private static readonly (string Property, string Tag)[] OfAStep =
    [
        ("loss", "train/loss"),
        ("learningRate", "train/learning_rate"),
        ("gradientNorm", "train/gradient_norm"),
        ("tokensPerSecond", "train/tokens_per_second"),
        ("epoch", "train/epoch"),
        ("memory", "train/memory"),
    ];

    /// <param name="target">The file.</param>
    /// <param name="lines">Metrics of the job as JSON.</param>
    public static void Write(Stream target, IEnumerable<string> lines)
    {
        var isFirst = true;
        foreach (var line in lines.Where(static line => line.Length > 0))
        {
            using var json = JsonDocument.Parse(line);
            var entry = json.RootElement;
            var time = entry.GetProperty("time").GetDateTimeOffset().ToUnixTimeMilliseconds() / 1000.0;
            if (isFirst)
            {
                Record(target, new Event { Time = time, Version = "brain.Event:2" });
                isFirst = false;
            }

            var tags = entry.GetProperty("type").GetString() switch
            {
                "step" => OfAStep,
                "evaluation" => [("loss", "eval/loss")],
                _ => [],
            };
            foreach (var (property, tag) in tags)
            {
                if (entry.TryGetProperty(property, out var value))
                {
                    var summary = new Summary
                    {
                        Value =
                        {
                            new Value { Tag = tag, Number = (float)value.GetDouble() },
                        },
                    };
                    Record(
                        target,
                        new Event
                        {
                            Time = time,
                            Step = entry.GetProperty("step").GetInt64(),
                            Summary = summary,
                        }
                    );
                }
            }
        }
    }

    /// <summary>A checksum (CRC-32C) that may be part of what a checksum is taken of.</summary>
    internal static uint Masked(ReadOnlySpan<byte> data)
    {
        var sum = uint.MaxValue;
        foreach (var next in data)
        {
            sum = BitOperations.Crc32C(sum, next);
        }

        return uint.RotateRight(~sum, 15) + 0xA282EAD8;
    }

    private static void Record(Stream target, Event content)
    {
        var data = content.ToByteArray();
        Span<byte> length = stackalloc byte[8];
        Span<byte> checksum = stackalloc byte[4];
        BinaryPrimitives.WriteInt64LittleEndian(length, data.Length);
        target.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Masked(length));
        target.Write(checksum);
        target.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Masked(data));
        target.Write(checksum);
    }
}
