using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>What llama.cpp's converter makes of a folder of the reference corpus, and how a GGUF differs from it.</summary>
internal sealed class ExpectedGguf(JsonElement gguf)
{
    /// <summary>The types that the corpus has for this folder.</summary>
    public IEnumerable<string> Types => gguf.EnumerateObject().Select(static entry => entry.Name);

    /// <summary>One line for each key or tensor that is not the same; tensors may be in another order.</summary>
    /// <param name="type">A type as the corpus calls it.</param>
    public List<string> Compare(string type, string path)
    {
        var differences = new List<string>();
        using var stream = File.OpenRead(path);
        var file = GgufFile.Read(stream);
        var metadata = Metadata(type);
        foreach (var (key, expected) in metadata)
        {
            var actual = Describe(file, stream, key, expected);
            if (actual != Text(expected))
            {
                differences.Add($"{key}: {actual ?? "missing"} instead of {Text(expected)}");
            }
        }

        differences.AddRange(file.Metadata.Keys.Where(key => !metadata.ContainsKey(key)).Select(key => $"{key}: {file.Metadata[key]} is not in the reference"));
        var tensors = file.Tensors.ToDictionary(static tensor => tensor.Name);
        foreach (var (name, expected) in Tensors(type))
        {
            if (!tensors.Remove(name, out var tensor))
            {
                differences.Add($"{name} is missing");
                continue;
            }

            var own = $"[{string.Join(", ", tensor.Shape)}] {tensor.Type}";
            if (own != expected.Form)
            {
                differences.Add($"{name} is {own} instead of {expected.Form}");
                continue;
            }

            var bytes = new byte[tensor.Bytes];
            stream.Position = file.DataOffset + (long)tensor.Offset;
            stream.ReadExactly(bytes);
            if (System.Convert.ToHexStringLower(SHA256.HashData(bytes)) != expected.Digest)
            {
                differences.Add($"{name} has other bytes");
            }
        }

        differences.AddRange(tensors.Keys.Select(static name => $"{name} is not in the reference"));
        return differences;
    }

    private Dictionary<string, JsonElement> Metadata(string type)
    {
        var all = gguf.GetProperty("f32").GetProperty("metadata").EnumerateObject().ToDictionary(static entry => entry.Name, static entry => entry.Value);
        if (type != "f32" && gguf.GetProperty(type).TryGetProperty("metadata", out var own))
        {
            foreach (var entry in own.EnumerateObject())
            {
                all[entry.Name] = entry.Value;
            }
        }

        return all;
    }

    private Dictionary<string, (string Form, string Digest)> Tensors(string type)
    {
        var all = new Dictionary<string, (string, string)>();
        string[] sections = type == "f32" ? [type] : ["f32", type];
        foreach (var section in sections)
        {
            if (gguf.GetProperty(section).TryGetProperty("tensors", out var list))
            {
                foreach (var entry in list.EnumerateArray())
                {
                    var shape = string.Join(", ", entry[1].EnumerateArray().Select(static length => length.GetInt64()));
                    all[entry[0].GetString()!] = ($"[{shape}] {entry[2].GetString()}", entry[3].GetString()!);
                }
            }
        }

        return all;
    }

    // [type, value], where long arrays are a length and a digest.
    private static string Text(JsonElement expected)
    {
        var (type, value) = (expected[0].GetString()!, expected[1]);
        return value.ValueKind switch
        {
            JsonValueKind.Object => $"{type} {value.GetProperty("length").GetInt64()} {value.GetProperty("sha256").GetString()}",
            JsonValueKind.Array => $"{type} {string.Join(", ", value.EnumerateArray().Select(item => Single(type, item)))}",
            _ => $"{type} {Single(type, value)}",
        };
    }

    private static string Single(string type, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()!
        : type.Contains("f32", StringComparison.Ordinal) ? value.GetSingle().ToString("R", CultureInfo.InvariantCulture)
        : value.ToString().ToLowerInvariant();

    private static string? Describe(GgufFile file, Stream stream, string key, JsonElement expected)
    {
        if (file.Metadata.GetValueOrDefault(key) is not { } found)
        {
            return null;
        }

        if (found.Value is not GgufArray array)
        {
            var type = found.Value switch
            {
                string => "str",
                uint => "u32",
                int => "i32",
                float => "f32",
                bool => "bool",
                _ => found.Value.GetType().Name,
            };
            return $"{type} {Single(found.Value)}";
        }

        var (name, values) = Values(file, stream, key, array);
        return expected[1].ValueKind == JsonValueKind.Object
            ? $"[{name}] {array.Count} {Digest(values)}"
            : $"[{name}] {string.Join(", ", values.Select(Single))}";
    }

    private static (string Type, object[] Values) Values(GgufFile file, Stream stream, string key, GgufArray array)
    {
        var arrays = new GgufArrays(file, stream);
        return array.ElementType switch
        {
            GgufValueType.String => ("str", [.. arrays.Strings(key)!]),
            GgufValueType.Float32 => ("f32", [.. arrays.Floats(key)!.Cast<object>()]),
            GgufValueType.Bool => ("bool", [.. arrays.Flags(key)!.Cast<object>()]),
            _ => ("i32", [.. arrays.Ints(key)!.Cast<object>()]),
        };
    }

    private static string Single(object value) =>
        value switch
        {
            float number => number.ToString("R", CultureInfo.InvariantCulture),
            bool flag => flag ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    private static string Digest(object[] values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[8];
        foreach (var value in values)
        {
            switch (value)
            {
                case string text:
                    var bytes = Encoding.UTF8.GetBytes(text);
                    BinaryPrimitives.WriteInt64LittleEndian(buffer, bytes.Length);
                    hash.AppendData(buffer);
                    hash.AppendData(bytes);
                    break;
                case float number:
                    BinaryPrimitives.WriteSingleLittleEndian(buffer, number);
                    hash.AppendData(buffer, 0, sizeof(float));
                    break;
                default:
                    BinaryPrimitives.WriteInt32LittleEndian(buffer, Convert.ToInt32(value, CultureInfo.InvariantCulture));
                    hash.AppendData(buffer, 0, sizeof(int));
                    break;
            }
        }

        return System.Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
