using System.Buffers.Binary;
using System.Text.Json;

namespace Ilab.Gguf.Safetensors;

/// <summary>Writes a safetensors file: the header first, then the tensors' data, which is asked for one tensor at a time.</summary>
public sealed class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    private readonly List<(string Name, SafetensorsType Type, long[] Shape, Action<Stream> Write)> _tensors = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Bytes of the tensors' data.</summary>
    public long DataBytes => _tensors.Sum(static tensor => BytesOf(tensor.Type, tensor.Shape));

    public SafetensorsWriter AddMetadata(string key, string value)
    {
        _metadata[key] = value;
        return this;
    }

    /// <param name="shape">Slowest dimension first.</param>
    /// <param name="write">Writes exactly the tensor's bytes.</param>
    public SafetensorsWriter Add(string name, SafetensorsType type, long[] shape, Action<Stream> write)
    {
        _tensors.Add((name, type, shape, write));
        return this;
    }

    public void Write(Stream stream)
    {
        var header = Header();
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in _tensors)
        {
            var start = stream.Position;
            tensor.Write(stream);
            if (stream.Position - start != BytesOf(tensor.Type, tensor.Shape))
            {
                throw new InvalidOperationException(
                    $"tensor {tensor.Name}: {stream.Position - start} bytes were written, {BytesOf(tensor.Type, tensor.Shape)} are due"
                );
            }
        }
    }

    public void Write(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Write(stream);
    }

    private static long BytesOf(SafetensorsType type, long[] shape) =>
        shape.Aggregate((long)SafetensorsTypes.Size(type), static (product, length) => checked(product * length));

    private byte[] Header()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (_metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in _metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in _tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsTypes.Name(tensor.Type));
                WriteArray(json, "shape", tensor.Shape);
                WriteArray(json, "data_offsets", [offset, offset += BytesOf(tensor.Type, tensor.Shape)]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Padded with spaces, so that the data is aligned.
        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        Array.ForEach(values, json.WriteNumberValue);
        json.WriteEndArray();
    }
}
