using System.Text.Json;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Reads config.json.</summary>
public static class HuggingFaceConfig
{
    public const string FileName = SourceFolder.ConfigFile;
    private const int Largest = 1 << 24;

    /// <inheritdoc cref="Read(SourceFolder, out JsonElement?)"/>
    public static ModelShape Read(SourceFolder folder) => Read(folder, out _);

    /// <exception cref="ConversionException">It is missing, not right (all problems at once), or of a kind that cannot be converted.</exception>
    /// <param name="folder">Has the file, or that is the error.</param>
    /// <param name="quantization">The entry <c>quantization_config</c>, or null: what it says is held against the weights.</param>
    public static ModelShape Read(SourceFolder folder, out JsonElement? quantization)
    {
        using var document =
            folder.ReadJson(FileName) ?? throw new ConversionException($"{folder.Name} has no {FileName}", "name a folder as it comes from Hugging Face");
        quantization = document.RootElement.Find("quantization_config")?.Clone();
        return Parse(document.RootElement);
    }

    internal static ModelShape Parse(JsonElement config)
    {
        var className =
            config.Find("architectures").Items().Select(static item => ((JsonElement?)item).Text()).FirstOrDefault()
            ?? throw new ConversionException($"{FileName} does not say what the model is (architectures)");
        var family = ModelFamily.OfClass(className);
        var problems = new List<string>();
        var heads = Required("num_attention_heads");
        var embedding = Required("hidden_size");
        var head =
            !family.IsGranite && config.Find("head_dim").Int() is { } own ? own
            : heads > 0 ? embedding / heads
            : 0;
        var shape = new ModelShape
        {
            Family = family,
            Embedding = embedding,
            FeedForward = Required("intermediate_size"),
            Layers = Required("num_hidden_layers"),
            Heads = heads,
            KvHeads = config.Find("num_key_value_heads").Int() ?? heads,
            HeadDimension = head,
            Vocabulary = Required("vocab_size"),
            ContextLength = config.Find("max_position_embeddings").Int() ?? 2048,
            RmsEpsilon = config.Find("rms_norm_eps").Number() ?? 1e-6,
            RopeBase = RopeOf(config).Find("rope_theta").Number() ?? config.Find("rope_theta").Number() ?? 10_000,
            RopeScaling = ScalingOf(config, problems),
            TiesEmbedding = config.Find("tie_word_embeddings").Flag() ?? false,
            Granite = family.IsGranite ? GraniteOf(config) : null,
        };
        Check(shape, config, problems);
        return problems.Count == 0 ? shape : throw new ConversionException($"{FileName}: {ConversionException.Join(problems)}");

        int Required(string key)
        {
            if (config.Find(key).Int() is { } value and > 0 and <= Largest)
            {
                return value;
            }

            problems.Add($"{key} is missing or makes no sense");
            return 0;
        }
    }

    private static void Check(ModelShape shape, JsonElement config, List<string> problems)
    {
        if (problems.Count > 0)
        {
            return;
        }

        problems.AddRange(Constants(shape).Where(static value => !double.IsFinite(value.Value)).Select(static value => $"{value.Key} is {Text(value.Value)}"));
        if (shape.KvHeads <= 0 || shape.Heads % shape.KvHeads != 0)
        {
            problems.Add($"{shape.Heads} heads cannot share {shape.KvHeads} key-value heads");
        }

        if (shape.HeadDimension <= 0 || shape.HeadDimension % 2 != 0 || shape.HeadDimension > Largest)
        {
            problems.Add($"heads of {shape.HeadDimension} values have no rotary pairs");
        }

        if (config.Find("hidden_act").Text() is { } activation && activation != "silu")
        {
            problems.Add($"the activation {activation} is not the silu of this family");
        }

        if (shape.ContextLength <= 0)
        {
            problems.Add("max_position_embeddings makes no sense");
        }
    }

    private static IEnumerable<(string Key, double Value)> Constants(ModelShape shape) =>
        [
            ("rms_norm_eps", shape.RmsEpsilon),
            ("rope_theta", shape.RopeBase),
            .. shape.RopeScaling is { } scaling
                ? [("factor", scaling.Factor), ("low_freq_factor", scaling.LowFrequency), ("high_freq_factor", scaling.HighFrequency)]
                : Array.Empty<(string, double)>(),
            .. shape.Granite is { } granite
                ?
                [
                    ("attention_multiplier", granite.Attention),
                    ("embedding_multiplier", granite.Embedding),
                    ("residual_multiplier", granite.Residual),
                    ("logits_scaling", granite.Logits),
                ]
                : Array.Empty<(string, double)>(),
        ];

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture) + ", which makes no sense";

    // Newer configs have rope_parameters, older ones rope_theta and rope_scaling.
    private static JsonElement? RopeOf(JsonElement config) => config.Find("rope_parameters") ?? config.Find("rope_scaling");

    private static RopeScaling? ScalingOf(JsonElement config, List<string> problems)
    {
        if (RopeOf(config) is not { } scaling || (scaling.Find("rope_type").Text() ?? scaling.Find("type").Text()) is not { } kind || kind == "default")
        {
            return null;
        }

        if (kind is not ("linear" or "yarn" or "llama3"))
        {
            problems.Add($"rotary scaling of the kind {kind} is not known");
            return null;
        }

        var original = scaling.Find("original_max_position_embeddings").Int() ?? config.Find("max_position_embeddings").Int() ?? 8192;
        return new RopeScaling(
            kind,
            scaling.Find("factor").Number() ?? 1,
            original,
            scaling.Find("low_freq_factor").Number() ?? 1,
            scaling.Find("high_freq_factor").Number() ?? 4
        );
    }

    private static GraniteScales GraniteOf(JsonElement config) =>
        new(
            config.Find("attention_multiplier").Number() ?? 1,
            config.Find("embedding_multiplier").Number() ?? 1,
            config.Find("residual_multiplier").Number() ?? 1,
            config.Find("logits_scaling").Number() ?? 1
        );
}
