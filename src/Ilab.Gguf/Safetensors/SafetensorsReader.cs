using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Ilab.Gguf.Safetensors;

/// <summary>
/// Reads headers that strangers wrote: the length of the header is held against the file before anything is allocated, every tensor against its type and
/// shape, and all of them together have to cover the data exactly, without holes and overlaps.
/// </summary>
internal static class SafetensorsReader
{
    private const int LongestHeader = 100_000_000;
    private const int MostTensors = 262_144;
    private const int MostDimensions = 8;
    private const int LongestName = 512;
    private const string MetadataKey = "__metadata__";

    public static SafetensorsFile Read(Stream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw new SafetensorsException(
                stream.Length == 0 ? "not a safetensors file: it is empty" : $"not a safetensors file: it has only {stream.Length} bytes"
            );
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(stream.Length - 8))
        {
            throw new SafetensorsException($"not a safetensors file, or a truncated one: its header claims {length} bytes, the file has {stream.Length}");
        }

        if (length is < 2 or > LongestHeader)
        {
            throw new SafetensorsException($"the header claims {length} bytes, which makes no sense (2 to {LongestHeader} do)");
        }

        var header = new byte[length];
        stream.ReadExactly(header);
        var (tensors, metadata) = Parse(header);
        tensors.Sort(static (left, right) => left.Offset != right.Offset ? left.Offset.CompareTo(right.Offset) : left.Bytes.CompareTo(right.Bytes));
        CheckCover(tensors, stream.Length - 8 - (long)length);
        return new SafetensorsFile(tensors, metadata, 8 + (long)length);
    }

    private static (List<SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) Parse(byte[] header)
    {
        try
        {
            using var document = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new SafetensorsException("the header is not a JSON object");
            }

            var tensors = new List<SafetensorsTensor>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                if (!names.Add(entry.Name))
                {
                    throw new SafetensorsException($"{Shown(entry.Name)} appears twice in the header");
                }

                if (entry.Name == MetadataKey)
                {
                    ReadMetadata(entry.Value, metadata);
                    continue;
                }

                if (tensors.Count == MostTensors)
                {
                    throw new SafetensorsException($"the header names more than {MostTensors} tensors");
                }

                tensors.Add(ReadTensor(entry.Name, entry.Value));
            }

            return (tensors, metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new SafetensorsException("not a safetensors file: its header is not JSON as the format wants it");
        }
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        foreach (var entry in element.EnumerateObject())
        {
            metadata[entry.Name] = entry.Value.GetString() ?? "";
        }
    }

    private static SafetensorsTensor ReadTensor(string name, JsonElement entry)
    {
        if (name.Length is 0 or > LongestName)
        {
            throw new SafetensorsException($"a tensor's name has {name.Length} characters");
        }

        if (
            entry.ValueKind != JsonValueKind.Object
            || !entry.TryGetProperty("dtype", out var dtype)
            || !entry.TryGetProperty("shape", out var shape)
            || !entry.TryGetProperty("data_offsets", out var offsets)
        )
        {
            throw new SafetensorsException($"tensor {Shown(name)} lacks dtype, shape or data_offsets");
        }

        if (!SafetensorsTypes.TryParse(dtype.GetString() ?? "", out var type))
        {
            throw new SafetensorsException($"tensor {Shown(name)} has the unknown type {Shown(dtype.GetString() ?? "")}");
        }

        var lengths = new List<long>();
        Int128 bytes = SafetensorsTypes.Size(type);
        foreach (var length in shape.EnumerateArray())
        {
            if (lengths.Count == MostDimensions || !length.TryGetInt64(out var value) || value < 0 || (bytes *= value) > long.MaxValue)
            {
                throw new SafetensorsException($"tensor {Shown(name)} has an impossible shape");
            }

            lengths.Add(value);
        }

        if (offsets.GetArrayLength() != 2 || !offsets[0].TryGetInt64(out var begin) || !offsets[1].TryGetInt64(out var end) || begin < 0 || end < begin)
        {
            throw new SafetensorsException($"tensor {Shown(name)} has impossible data_offsets");
        }

        return end - begin == bytes
            ? new SafetensorsTensor(name, type, lengths, begin, end - begin)
            : throw new SafetensorsException($"tensor {Shown(name)} has {end - begin} bytes of data, its type and shape want {bytes}");
    }

    private static void CheckCover(List<SafetensorsTensor> tensors, long dataLength)
    {
        long end = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != end)
            {
                throw new SafetensorsException(
                    $"tensor {Shown(tensor.Name)} {(tensor.Offset < end ? "overlaps the one before it" : $"leaves a hole of {tensor.Offset - end} bytes before it")}"
                );
            }

            end += tensor.Bytes;
        }

        if (end != dataLength)
        {
            throw new SafetensorsException(
                end > dataLength
                    ? $"the file is truncated: its tensors end {end - dataLength} bytes after its end"
                    : $"{dataLength - end} bytes at the end belong to no tensor"
            );
        }
    }

    /// <summary>Names in a file may hold anything; what is shown of them is one short line.</summary>
    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var character in text.Length > 80 ? text[..80] : text)
        {
            shown.Append(char.IsControl(character) ? '?' : character);
        }

        return $"\"{shown}{(text.Length > 80 ? "..." : "")}\"";
    }
}
