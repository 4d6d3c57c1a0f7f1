using System.Buffers.Binary;

namespace Ilab.Gguf;

/// <summary>Takes the metadata of one file over into another.</summary>
public static class GgufCopy
{
    /// <param name="stream">The file that <paramref name="source"/> is the header of.</param>
    /// <param name="wanted">Which keys.</param>
    /// <exception cref="GgufException">An array is longer than what can be copied.</exception>
    public static GgufWriter AddMetadata(this GgufWriter writer, GgufFile source, Stream stream, Func<string, bool> wanted)
    {
        foreach (var (key, value) in source.Metadata.Where(entry => wanted(entry.Key)))
        {
            if (value.Value is GgufArray array)
            {
                var bytes = ReadArray(source, stream, key, array);
                writer.AddValue(
                    key,
                    GgufValueType.Array,
                    output =>
                    {
                        output.Write((uint)array.ElementType);
                        output.Write(array.Count);
                        output.Write(bytes);
                    }
                );
            }
            else
            {
                writer.AddValue(key, value.Type, output => WriteScalar(output, value.Value));
            }
        }

        return writer;
    }

    private static byte[] ReadArray(GgufFile source, Stream stream, string key, GgufArray array)
    {
        if (array.ElementType == GgufValueType.String)
        {
            using var texts = new MemoryStream();
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            foreach (var text in new GgufArrays(source, stream).Texts(key)!)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
                texts.Write(length);
                texts.Write(text);
            }

            return texts.ToArray();
        }

        var size = array.ElementType switch
        {
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
            GgufValueType.UInt16 or GgufValueType.Int16 => 2,
            GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
            _ => 4,
        };
        var bytes = new byte[checked((int)array.Count * size)];
        stream.Position = array.Offset;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void WriteScalar(BinaryWriter output, object value)
    {
        switch (value)
        {
            case string text:
                GgufWriter.WriteString(output, text);
                break;
            case bool flag:
                output.Write(flag);
                break;
            case byte number:
                output.Write(number);
                break;
            case sbyte number:
                output.Write(number);
                break;
            case ushort number:
                output.Write(number);
                break;
            case short number:
                output.Write(number);
                break;
            case uint number:
                output.Write(number);
                break;
            case int number:
                output.Write(number);
                break;
            case ulong number:
                output.Write(number);
                break;
            case long number:
                output.Write(number);
                break;
            case float number:
                output.Write(number);
                break;
            case double number:
                output.Write(number);
                break;
        }
    }
}
