using System.Buffers.Binary;
using System.Text;

namespace Ilab.Gguf;

/// <summary>Reads whole metadata arrays, which the header's reader only notes the place of.</summary>
/// <param name="file">Its lengths were held against the file's when it was read.</param>
/// <param name="stream">The same file.</param>
public sealed class GgufArrays(GgufFile file, Stream stream)
{
    private const int LongestElement = 1 << 20;

    /// <returns>Null when there is no such array of texts.</returns>
    public string[]? Strings(string key) => Texts(key)?.Select(Encoding.UTF8.GetString).ToArray();

    /// <summary>The bytes of texts, read as they are asked for.</summary>
    /// <returns>Null when there is no such array of texts.</returns>
    public IEnumerable<byte[]>? Texts(string key) => Find(key, GgufValueType.String) is { } array ? Texts(key, array.Count) : null;

    private IEnumerable<byte[]> Texts(string key, ulong count)
    {
        var buffered = new BufferedStream(stream, 1 << 16);
        var prefix = new byte[8];
        for (ulong index = 0; index < count; index++)
        {
            buffered.ReadExactly(prefix);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length > LongestElement)
            {
                throw new GgufException($"element {index} of metadata \"{key}\" claims {length} bytes", buffered.Position);
            }

            var bytes = new byte[length];
            buffered.ReadExactly(bytes);
            yield return bytes;
        }
    }

    public float[]? Floats(string key) => Find(key, GgufValueType.Float32) is { } array ? Array.ConvertAll(Words(array), BitConverter.Int32BitsToSingle) : null;

    /// <summary>An array of flags.</summary>
    public bool[]? Flags(string key) => Find(key, GgufValueType.Bool) is { } array ? Array.ConvertAll(Bytes(array), static value => value != 0) : null;

    /// <summary>An array of bytes.</summary>
    public byte[]? Bytes(string key) => Find(key, GgufValueType.UInt8) is { } array ? Bytes(array) : null;

    private byte[] Bytes(GgufArray array)
    {
        var bytes = new byte[checked((int)array.Count)];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>An array of signed or unsigned 32-bit numbers.</summary>
    public int[]? Ints(string key) => (Find(key, GgufValueType.Int32) ?? Find(key, GgufValueType.UInt32)) is { } array ? Words(array) : null;

    private GgufArray? Find(string key, GgufValueType type)
    {
        if (file.Metadata.GetValueOrDefault(key)?.Value is not GgufArray array || array.ElementType != type)
        {
            return null;
        }

        stream.Position = array.Offset;
        return array;
    }

    private int[] Words(GgufArray array)
    {
        var bytes = new byte[checked((int)array.Count * 4)];
        stream.ReadExactly(bytes);
        var words = new int[array.Count];
        for (var index = 0; index < words.Length; index++)
        {
            words[index] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(index * 4));
        }

        return words;
    }
}
