namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>CRC-32 of PNG chunks and CRC-32C of TensorBoard records.</summary>
internal static class Checksums
{
    public const uint Ieee = 0xEDB88320, Castagnoli = 0x82F63B78;

    public static uint Crc32(ReadOnlySpan<byte> data, uint polynomial)
    {
        var value = uint.MaxValue;
        foreach (var next in data)
        {
            value ^= next;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ (polynomial & (uint)-(int)(value & 1));
            }
        }

        return ~value;
    }
}
