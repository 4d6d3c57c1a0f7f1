using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>Writes config.json, generation_config.json and the index of the weights.</summary>
internal static class ConfigWriter
{
    public const string IndexFile = WeightFiles.Index;
    private const string GenerationFile = "generation_config.json";
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>What <see cref="Write"/> writes.</summary>
    public static IReadOnlyList<string> Files { get; } = [HuggingFaceConfig.FileName, GenerationFile];

    /// <param name="isPacked">Whether experts are MXFP4.</param>
    /// <param name="sampling">What its makers recommend for sampling, as generation_config.json has it.</param>
    public static void Write(
        string folder,
        FamilyModel model,
        SpecialTokens special,
        SafetensorsType type,
        bool isPacked,
        IReadOnlyDictionary<string, object?> sampling
    )
    {
        var config = model.Config;
        WriteFile(
            Path.Combine(folder, HuggingFaceConfig.FileName),
            json =>
            {
                foreach (var entry in config.Root.EnumerateObject())
                {
                    entry.WriteTo(json);
                }

                WriteTokens(json, special, name => config.Root.TryGetProperty(name, out _));
                if (isPacked)
                {
                    json.WritePropertyName("quantization_config");
                    JsonValues.Write(json, Mxfp4Parts.Setting);
                }

                // The newer spelling and the older one.
                var name = type switch
                {
                    SafetensorsType.F32 => "float32",
                    SafetensorsType.BF16 => "bfloat16",
                    _ => "float16",
                };
                json.WriteString("dtype", name);
                json.WriteString("torch_dtype", name);
            }
        );
        WriteFile(
            Path.Combine(folder, GenerationFile),
            json =>
            {
                WriteTokens(json, special, static _ => false);
                foreach (var (key, value) in sampling)
                {
                    json.WritePropertyName(key);
                    JsonValues.Write(json, value);
                }
            }
        );
    }

    public static void WriteIndex(string folder, IEnumerable<(string Tensor, string File)> places, long bytes) =>
        WriteFile(
            Path.Combine(folder, IndexFile),
            json =>
            {
                json.WriteStartObject("metadata");
                json.WriteNumber("total_size", bytes);
                json.WriteEndObject();
                json.WriteStartObject("weight_map");
                foreach (var (tensor, file) in places)
                {
                    json.WriteString(tensor, file);
                }

                json.WriteEndObject();
            }
        );

    internal static void WriteFile(string path, Action<Utf8JsonWriter> write)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter json, SpecialTokens special, Func<string, bool> isWritten)
    {
        if (special.Begin is { } begin)
        {
            json.WriteNumber("bos_token_id", begin);
        }

        if (special.Padding is { } padding && !isWritten("pad_token_id"))
        {
            json.WriteNumber("pad_token_id", padding);
        }

        var ends = new[] { special.End, special.EndOfTurn, special.EndOfMessage }.OfType<int>().Concat(special.AllEnds).Distinct().ToArray();
        if (ends.Length == 1)
        {
            json.WriteNumber("eos_token_id", ends[0]);
        }
        else if (ends.Length > 1)
        {
            json.WriteStartArray("eos_token_id");
            Array.ForEach(ends, json.WriteNumberValue);
            json.WriteEndArray();
        }
    }
}
