using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Writes config.json, generation_config.json and the index of the weights.</summary>
internal static class ConfigWriter
{
    public const string IndexFile = "model.safetensors.index.json";
    private const string GenerationFile = "generation_config.json";
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>What <see cref="Write"/> writes.</summary>
    public static IReadOnlyList<string> Files { get; } = [HuggingFaceConfig.FileName, GenerationFile];

    public static void Write(string folder, ModelShape shape, SpecialTokens special, SafetensorsType type)
    {
        WriteFile(
            Path.Combine(folder, HuggingFaceConfig.FileName),
            json =>
            {
                json.WriteStartArray("architectures");
                json.WriteStringValue(shape.Family.ClassName);
                json.WriteEndArray();
                json.WriteString("model_type", shape.Family.ModelType);
                json.WriteNumber("hidden_size", shape.Embedding);
                json.WriteNumber("intermediate_size", shape.FeedForward);
                json.WriteNumber("num_hidden_layers", shape.Layers);
                json.WriteNumber("num_attention_heads", shape.Heads);
                json.WriteNumber("num_key_value_heads", shape.KvHeads);
                if (!shape.Family.IsGranite)
                {
                    json.WriteNumber("head_dim", shape.HeadDimension);
                }

                json.WriteNumber("vocab_size", shape.Vocabulary);
                json.WriteNumber("max_position_embeddings", shape.ContextLength);
                json.WriteNumber("rms_norm_eps", Rounded(shape.RmsEpsilon));
                json.WriteNumber("rope_theta", Rounded(shape.RopeBase));
                WriteScaling(json, shape.RopeScaling);
                json.WriteString("hidden_act", "silu");
                json.WriteBoolean("tie_word_embeddings", shape.TiesEmbedding);
                WriteGranite(json, shape.Granite);
                WriteTokens(json, special);
                json.WriteString(
                    "torch_dtype",
                    type switch
                    {
                        SafetensorsType.F32 => "float32",
                        SafetensorsType.BF16 => "bfloat16",
                        _ => "float16",
                    }
                );
            }
        );
        WriteFile(Path.Combine(folder, GenerationFile), json => WriteTokens(json, special));
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

    private static void WriteScaling(Utf8JsonWriter json, RopeScaling? scaling)
    {
        if (scaling is null)
        {
            return;
        }

        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", scaling.Kind);
        json.WriteNumber("factor", Rounded(scaling.Factor));
        if (scaling.Kind != "linear")
        {
            json.WriteNumber("original_max_position_embeddings", scaling.OriginalContext);
        }

        if (scaling.Kind == "llama3")
        {
            json.WriteNumber("low_freq_factor", scaling.LowFrequency);
            json.WriteNumber("high_freq_factor", scaling.HighFrequency);
        }

        json.WriteEndObject();
    }

    private static void WriteGranite(Utf8JsonWriter json, GraniteScales? granite)
    {
        if (granite is not null)
        {
            json.WriteNumber("attention_multiplier", Rounded(granite.Attention));
            json.WriteNumber("embedding_multiplier", Rounded(granite.Embedding));
            json.WriteNumber("residual_multiplier", Rounded(granite.Residual));
            json.WriteNumber("logits_scaling", Rounded(granite.Logits));
        }
    }

    private static void WriteTokens(Utf8JsonWriter json, SpecialTokens special)
    {
        if (special.Begin is { } begin)
        {
            json.WriteNumber("bos_token_id", begin);
        }

        if (special.End is not { } end)
        {
            return;
        }

        if (special.EndOfTurn is { } turn && turn != end)
        {
            json.WriteStartArray("eos_token_id");
            json.WriteNumberValue(end);
            json.WriteNumberValue(turn);
            json.WriteEndArray();
        }
        else
        {
            json.WriteNumber("eos_token_id", end);
        }
    }

    // A number that went through F32 is written as short as it was before.
    private static decimal Rounded(double value) =>
        decimal.Parse(
            ((float)value).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            System.Globalization.NumberStyles.Float,
            System.Globalization.CultureInfo.InvariantCulture
        );
}
