using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>The config that a GGUF's metadata stand for: the way back for the families that have one.</summary>
public static class BackConfig
{
    private const string NoArchitecture = "the GGUF does not say its architecture";

    /// <param name="file">The header of a whole model.</param>
    /// <exception cref="ConversionException">Not of a family that can be converted back, or settings are missing.</exception>
    public static FamilyModel Read(GgufFile file) => Read(file, null);

    /// <param name="scaling">Stretched positions that are not in the metadata, as the config has them.</param>
    internal static FamilyModel Read(GgufFile file, Action<Utf8JsonWriter>? scaling)
    {
        var architecture = file.GetString("general.architecture") ?? throw new ConversionException(NoArchitecture);
        var family = FamilyList.OfArchitecture(architecture) is { ConvertsBack: true } known
            ? known
            : throw new ConversionException(
                $"models of the kind {architecture} cannot be converted back",
                $"these can: {string.Join(", ", FamilyList.All.Where(static family => family.ConvertsBack).Select(static family => family.Classes[0]))}",
                isUnsupported: true
            );
        var settings = new SettingsOf(file, architecture);
        var embedding =
            file.Tensors.FirstOrDefault(static tensor => tensor.Name == "token_embd.weight")
            ?? throw new ConversionException("the GGUF has no token_embd.weight", "only whole models can be converted, not adapters or parts");
        if (settings.Whole("expert_count") > 0)
        {
            throw new ConversionException("a model with experts cannot be converted back", "dense models can", isUnsupported: true);
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            Write(json, family, settings, (long)embedding.Shape[^1], !file.Tensors.Any(static tensor => tensor.Name == "output.weight"));
            (scaling ?? settings.WriteScaling)(json);
            json.WriteEndObject();
        }

        if (settings.Missing.Count > 0)
        {
            throw new ConversionException($"the GGUF lacks {ConversionException.Join(settings.Missing)}");
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        var model = new FamilyModel(family, new ModelConfig(document.RootElement.Clone(), family.Defaults));
        return model.Config.Problems.Count == 0
            ? model
            : throw new ConversionException($"the GGUF's metadata: {ConversionException.Join(model.Config.Problems)}");
    }

    private static void Write(Utf8JsonWriter json, Family family, SettingsOf settings, long vocabulary, bool isTied)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(family.Classes[0]);
        json.WriteEndArray();
        json.WriteString("model_type", family.ModelType);
        var (length, heads) = (settings.Required("embedding_length"), settings.Required("attention.head_count"));
        json.WriteNumber("hidden_size", length);
        json.WriteNumber("intermediate_size", settings.Required("feed_forward_length"));
        json.WriteNumber("num_hidden_layers", settings.Required("block_count"));
        json.WriteNumber("num_attention_heads", heads);
        json.WriteNumber("num_key_value_heads", settings.Whole("attention.head_count_kv") ?? heads);
        var head = settings.Whole("attention.key_length");
        if (head is not null || family.Defaults.Contains("head_dim", StringComparison.Ordinal))
        {
            json.WriteNumber("head_dim", head ?? length / Math.Max(1, heads));
        }

        json.WriteNumber("vocab_size", vocabulary);
        json.WriteNumber("max_position_embeddings", settings.Whole("context_length") ?? 2048);
        json.WriteNumber("rms_norm_eps", settings.Number("attention.layer_norm_rms_epsilon") ?? 1e-5m);
        json.WriteNumber("rope_theta", settings.Number("rope.freq_base") ?? 10_000);
        json.WriteString("hidden_act", "silu");
        json.WriteBoolean("tie_word_embeddings", isTied);
        (string Key, string Name)[] multipliers =
        [
            ("attention.scale", "attention_multiplier"),
            ("embedding_scale", "embedding_multiplier"),
            ("residual_scale", "residual_multiplier"),
            ("logit_scale", "logits_scaling"),
        ];
        foreach (var (key, name) in multipliers)
        {
            if (settings.Number(key) is { } value)
            {
                json.WriteNumber(name, value);
            }
        }
    }

    private sealed class SettingsOf(GgufFile file, string architecture)
    {
        public List<string> Missing { get; } = [];

        public long? Whole(string key) => file.GetUnsigned($"{architecture}.{key}") is { } value and <= int.MaxValue ? (long)value : null;

        // A number that went through single precision is written as short as it was before.
        public decimal? Number(string key) =>
            file.Metadata.GetValueOrDefault($"{architecture}.{key}")?.Value is float value && float.IsFinite(value)
                ? decimal.Parse(
                    value.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                    System.Globalization.NumberStyles.Float,
                    System.Globalization.CultureInfo.InvariantCulture
                )
                : null;

        public long Required(string key)
        {
            if (Whole(key) is { } value)
            {
                return value;
            }

            Missing.Add($"{architecture}.{key}");
            return 0;
        }

        public void WriteScaling(Utf8JsonWriter json)
        {
            var kind = file.GetString($"{architecture}.rope.scaling.type");
            if (kind is not ("linear" or "yarn"))
            {
                return;
            }

            json.WriteStartObject("rope_scaling");
            json.WriteString("rope_type", kind);
            json.WriteNumber("factor", Number("rope.scaling.factor") ?? 1);
            if (kind == "yarn")
            {
                json.WriteNumber("original_max_position_embeddings", Whole("rope.scaling.original_context_length") ?? 0);
                foreach (
                    var (key, name) in new[] { ("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow"), ("yarn_attn_factor", "attention_factor") }
                )
                {
                    if (Number($"rope.scaling.{key}") is { } value)
                    {
                        json.WriteNumber(name, value);
                    }
                }
            }

            json.WriteEndObject();
        }
    }
}
