using System.Buffers.Binary;
using System.Text;

namespace Ilab.Testing.PowerLoss;

/// <summary>Kinds of recorded calls; numbers are those of <c>recorder.c</c>.</summary>
public enum CallKind
{
    Create = 1,
    Write = 2,
    Truncate = 3,
    SyncBegin = 4,
    SyncEnd = 5,
    Link = 6,
    Rename = 7,
    Unlink = 8,
    MakeFolder = 9,
    RemoveFolder = 10,
    Mark = 11,
    Unknown = 12,
}

/// <summary>One call that changed something below the recorded folder, or an fsync.</summary>
/// <param name="Offset">Of a write; length of a truncation; thread of an fsync.</param>
/// <param name="First">Bytes of a write or a mark; path otherwise.</param>
/// <param name="Second">New path of a rename; bytes of a linked file.</param>
public sealed record RecordedCall(CallKind Kind, ulong Inode, long Offset, byte[] First, byte[] Second)
{
    private const int HeaderLength = 28;

    public string Path => Encoding.UTF8.GetString(First);

    public string NewPath => Encoding.UTF8.GetString(Second);

    /// <summary>Every call of a recording, in the order in which they happened.</summary>
    public static IReadOnlyList<RecordedCall> ReadAll(string file)
    {
        var bytes = File.ReadAllBytes(file).AsSpan();
        var calls = new List<RecordedCall>();
        while (bytes.Length > 0)
        {
            var first = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
            var second = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
            calls.Add(
                new RecordedCall(
                    (CallKind)BinaryPrimitives.ReadInt32LittleEndian(bytes),
                    BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..]),
                    BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]),
                    bytes.Slice(HeaderLength, first).ToArray(),
                    bytes.Slice(HeaderLength + first, second).ToArray()
                )
            );
            bytes = bytes[(HeaderLength + first + second)..];
        }

        return calls;
    }
}
