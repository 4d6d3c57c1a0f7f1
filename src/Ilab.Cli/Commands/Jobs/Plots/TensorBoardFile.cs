using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>Metrics as a TensorBoard event file: length-prefixed records with checksums, one protocol buffer per step.</summary>
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
                Record(target, Event(time, 0, static body => Bytes(body, 3, "brain.Event:2"u8)));
                isFirst = false;
            }

            var tags = entry.GetProperty("type").GetString() switch { "step" => OfAStep, "evaluation" => [("loss", "eval/loss")], _ => [] };
            foreach (var (property, tag) in tags)
            {
                if (entry.TryGetProperty(property, out var value))
                {
                    Record(target, Event(time, entry.GetProperty("step").GetInt64(), body => Bytes(body, 5, Summary(tag, (float)value.GetDouble()))));
                }
            }
        }
    }

    private static byte[] Event(double time, long step, Action<MemoryStream> content)
    {
        using var body = new MemoryStream();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(number, time);
        body.WriteByte((1 << 3) | 1);
        body.Write(number);
        body.WriteByte(2 << 3);
        Number(body, (ulong)step);
        content(body);
        return body.ToArray();
    }

    private static byte[] Summary(string tag, float value)
    {
        using var entry = new MemoryStream();
        Bytes(entry, 1, Encoding.UTF8.GetBytes(tag));
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, value);
        entry.WriteByte((2 << 3) | 5);
        entry.Write(number);
        using var summary = new MemoryStream();
        Bytes(summary, 1, entry.ToArray());
        return summary.ToArray();
    }

    private static void Bytes(MemoryStream target, int field, ReadOnlySpan<byte> data)
    {
        target.WriteByte((byte)((field << 3) | 2));
        Number(target, (ulong)data.Length);
        target.Write(data);
    }

    private static void Number(MemoryStream target, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target.WriteByte((byte)(value | 0x80));
        }

        target.WriteByte((byte)value);
    }

    private static void Record(Stream target, byte[] data)
    {
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

    /// <summary>The masked CRC of the record format.</summary>
    private static uint Masked(ReadOnlySpan<byte> data) => uint.RotateRight(Checksums.Crc32(data, Checksums.Castagnoli), 15) + 0xA282EAD8;
}
