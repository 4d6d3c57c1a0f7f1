using System.Buffers.Binary;

namespace Ilab.Cli.Commands.Jobs.Plots;

/// <summary>A palette image with lines and small text, written as PNG.</summary>
internal sealed class PngImage(int width, int height, IReadOnlyList<(byte R, byte G, byte B)> palette)
{
    private const int GlyphWidth = 5, GlyphHeight = 7, Advance = 6, LargestBlock = 65535;
    private const string Characters = "+-./0123456789:_abcdefghijklmnopqrstuvwxyz";

    /// <summary>Glyphs of seven rows with five bits each, the upper left bit highest.</summary>
    private static readonly ulong[] Glyphs =
    [
        0x0084F9080, 0x0000F8000, 0x00000018C, 0x002222200, 0x3A33AE62E, 0x11842108E, 0x3A213221F, 0x7C441062E, 0x08CA97C42, 0x7E1E0862E, 0x1910F462E,
        0x7C2222108, 0x3A317462E, 0x3A317844C, 0x018C03180, 0x00000001F, 0x000E0BE2F, 0x4216CC63E, 0x000E8422E, 0x042D9C62F, 0x000E8FE0E, 0x1928E2108,
        0x01F18BC2E, 0x4216CC631, 0x100C2108E, 0x080610A4C, 0x4212A6292, 0x30842108E, 0x001AAD631, 0x0016CC631, 0x000E8C62E, 0x001E8FA10, 0x000D9BC21,
        0x0016CC210, 0x000E8383E, 0x211C42126, 0x00118C66D, 0x00118C544, 0x00118D6AA, 0x001151151, 0x00118BC2E, 0x001F1111F,
    ];

    private readonly byte[] _pixels = new byte[width * height];

    public static int WidthOf(string text) => text.Length * Advance;

    public void Set(int x, int y, byte colour)
    {
        if (x >= 0 && x < width && y >= 0 && y < height)
        {
            _pixels[(y * width) + x] = colour;
        }
    }

    public void Line(int x0, int y0, int x1, int y1, byte colour)
    {
        var steps = Math.Max(1, Math.Max(Math.Abs(x1 - x0), Math.Abs(y1 - y0)));
        for (var step = 0; step <= steps; step++)
        {
            Set(x0 + (int)Math.Round((double)(x1 - x0) * step / steps), y0 + (int)Math.Round((double)(y1 - y0) * step / steps), colour);
        }
    }

    /// <summary>Draws text in lower case; characters without a glyph are left blank.</summary>
    public void Write(int x, int y, string text, byte colour)
    {
        foreach (var (index, character) in text.ToLowerInvariant().Index())
        {
            var glyph = Characters.IndexOf(character, StringComparison.Ordinal) is var found and >= 0 ? Glyphs[found] : 0;
            for (var bit = 0; bit < GlyphWidth * GlyphHeight; bit++)
            {
                if ((glyph >> ((GlyphWidth * GlyphHeight) - 1 - bit) & 1) != 0)
                {
                    Set(x + (index * Advance) + (bit % GlyphWidth), y + (bit / GlyphWidth), colour);
                }
            }
        }
    }

    /// <summary>Uncompressed, which needs no library; the image is small.</summary>
    public byte[] ToBytes()
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 3);
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "PLTE"u8, [.. palette.SelectMany(static colour => new[] { colour.R, colour.G, colour.B })]);
        Chunk(png, "IDAT"u8, Stored(Rows()));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private byte[] Rows()
    {
        var rows = new byte[(width + 1) * height];
        for (var y = 0; y < height; y++)
        {
            _pixels.AsSpan(y * width, width).CopyTo(rows.AsSpan((y * (width + 1)) + 1));
        }

        return rows;
    }

    /// <summary>A zlib stream of stored blocks.</summary>
    private static byte[] Stored(byte[] data)
    {
        using var stream = new MemoryStream();
        stream.Write([0x78, 0x01]);
        Span<byte> lengths = stackalloc byte[4];
        for (var at = 0; at < data.Length; at += LargestBlock)
        {
            var count = Math.Min(LargestBlock, data.Length - at);
            stream.WriteByte(at + count == data.Length ? (byte)1 : (byte)0);
            BinaryPrimitives.WriteUInt16LittleEndian(lengths, (ushort)count);
            BinaryPrimitives.WriteUInt16LittleEndian(lengths[2..], (ushort)~count);
            stream.Write(lengths);
            stream.Write(data, at, count);
        }

        var (a, b) = (1u, 0u);
        foreach (var value in data)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        BinaryPrimitives.WriteUInt32BigEndian(lengths, (b << 16) | a);
        stream.Write(lengths);
        return stream.ToArray();
    }

    private static void Chunk(Stream target, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        target.Write(number);
        target.Write(type);
        target.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksums.Crc32([.. type, .. data], Checksums.Ieee));
        target.Write(number);
    }
}
