using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace.Pickles;

/// <summary>Where the entries of a zip archive lie, which PyTorch stores as they are so that they can be read in place; also beyond four gigabytes.</summary>
internal static class ZipIndex
{
    private const int EndBytes = 22,
        End64Bytes = 56,
        LocatorBytes = 20,
        CentralBytes = 46,
        LocalBytes = 30,
        LongestComment = 65_535,
        LargestDirectory = 256 << 20;
    private const uint EndMagic = 0x06054B50,
        LocatorMagic = 0x07064B50,
        End64Magic = 0x06064B50,
        CentralMagic = 0x02014B50,
        LocalMagic = 0x04034B50,
        Elsewhere = uint.MaxValue;
    private const ushort Extra64 = 1;

    /// <exception cref="InvalidDataException">Not an archive, or one with compressed entries.</exception>
    public static Dictionary<string, (long Offset, long Length)> Read(SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        var (start, size) = Directory(handle, length);
        if (start < 0 || size < 0 || start > length - size || size > LargestDirectory)
        {
            throw Broken("its directory does not lie in the file");
        }

        var directory = Bytes(handle, start, (int)size);
        var entries = new Dictionary<string, (long Offset, long Length)>(StringComparer.Ordinal);
        for (var at = 0; at + CentralBytes <= directory.Length && U32(directory, at) == CentralMagic; )
        {
            var (nameLength, extraLength, commentLength) = (U16(directory, at + 28), U16(directory, at + 30), U16(directory, at + 32));
            if (at + CentralBytes + nameLength + extraLength + commentLength > directory.Length)
            {
                throw Broken("its directory is cut off");
            }

            var name = Encoding.UTF8.GetString(directory, at + CentralBytes, nameLength);
            var (packed, bytes, local) = Sizes(directory.AsSpan(at, CentralBytes), directory.AsSpan(at + CentralBytes + nameLength, extraLength));
            if (U16(directory, at + 10) != 0 || packed != bytes)
            {
                throw Broken($"its entry {name} is compressed");
            }

            var data = DataOffset(handle, local, length, name);
            if (bytes < 0 || bytes > length - data || !entries.TryAdd(name, (data, bytes)))
            {
                throw Broken($"its entry {name} does not lie in the file, or is there twice");
            }

            at += CentralBytes + nameLength + extraLength + commentLength;
        }

        return entries;
    }

    private static (long Start, long Size) Directory(SafeFileHandle handle, long length)
    {
        var tail = (int)Math.Min(length, EndBytes + LongestComment + LocatorBytes);
        var bytes = Bytes(handle, length - tail, tail);
        for (var at = bytes.Length - EndBytes; at >= 0; at--)
        {
            if (U32(bytes, at) != EndMagic)
            {
                continue;
            }

            if (at < LocatorBytes || U32(bytes, at - LocatorBytes) != LocatorMagic)
            {
                return (U32(bytes, at + 16), U32(bytes, at + 12));
            }

            var place = I64(bytes, at - LocatorBytes + 8);
            if (place < 0 || place > length - End64Bytes)
            {
                break;
            }

            var end = Bytes(handle, place, End64Bytes);
            return U32(end, 0) == End64Magic ? (I64(end, 48), I64(end, 40)) : throw Broken("its directory is not where it should be");
        }

        throw Broken("it has no directory at its end: it may be truncated");
    }

    private static (long Packed, long Bytes, long Local) Sizes(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        long packed = U32(entry, 20),
            bytes = U32(entry, 24),
            local = U32(entry, 42);
        while (extra.Length >= 4)
        {
            var size = U16(extra, 2);
            if (size > extra.Length - 4)
            {
                break;
            }

            var field = extra.Slice(4, size);
            if (U16(extra, 0) == Extra64)
            {
                bytes = Long(bytes, ref field);
                packed = Long(packed, ref field);
                local = Long(local, ref field);
            }

            extra = extra[(4 + size)..];
        }

        return (packed, bytes, local);
    }

    private static long Long(long value, ref ReadOnlySpan<byte> field)
    {
        if (value != Elsewhere || field.Length < 8)
        {
            return value;
        }

        value = I64(field, 0);
        field = field[8..];
        return value;
    }

    private static long DataOffset(SafeFileHandle handle, long local, long length, string name)
    {
        if (local < 0 || local > length - LocalBytes)
        {
            throw Broken($"its entry {name} does not lie in the file");
        }

        var header = Bytes(handle, local, LocalBytes);
        return U32(header, 0) == LocalMagic
            ? local + LocalBytes + U16(header, 26) + U16(header, 28)
            : throw Broken($"its entry {name} is not where the directory says");
    }

    private static byte[] Bytes(SafeFileHandle handle, long offset, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count; )
        {
            var more = RandomAccess.Read(handle, bytes.AsSpan(read), offset + read);
            read = more > 0 ? read + more : throw Broken("it is truncated");
        }

        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static InvalidDataException Broken(string message) => new(message);
}
