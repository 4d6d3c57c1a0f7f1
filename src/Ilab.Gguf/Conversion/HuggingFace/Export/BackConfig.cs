using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>The config that a GGUF's metadata stand for: the way back for the families that have one.</summary>
public static class BackConfig
{
    private const string NoArchitecture = "the GGUF does not say its architecture",
        Experts = "_exps.weight";
    private const int MostLayers = 4096;

    /// <param name="path">A whole model.</param>
    /// <exception cref="ConversionException">Not of a family that can be converted back, settings are missing, or a config has no words for them.</exception>
    public static FamilyModel Read(string path)
    {
        using var handle = File.OpenHandle(path);
        return RopeScalingFinder.Read(GgufFile.Read(path), handle, () => File.OpenRead(path));
    }

    /// <param name="scaling">Stretched positions that are not in the metadata, as the config has them.</param>
    internal static FamilyModel Read(GgufFile file, Func<Stream> open, Dictionary<string, object?>? scaling)
    {
        var family = FamilyOf(file);
        if (file.Tensors.All(static tensor => tensor.Name != "token_embd.weight"))
        {
            throw new ConversionException("the GGUF has no token_embd.weight", "only whole models can be converted, not adapters or parts");
        }

        var source = new GgufSource(file, family, open);
        if (source.Layers > MostLayers)
        {
            throw new ConversionException($"the GGUF says that it has {source.Layers} layers");
        }

        var settings = SettingsOf(family, source, scaling);
        if (source.Missing.Count > 0)
        {
            throw new ConversionException($"the GGUF lacks {ConversionException.Join(source.Missing)}");
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            JsonValues.Write(json, settings);
        }

        using var document = JsonDocument.Parse(stream.ToArray());
        var model = new FamilyModel(family, new ModelConfig(document.RootElement.Clone(), family.Defaults));
        if (model.Config.Problems.Count > 0)
        {
            throw new ConversionException($"the GGUF's metadata: {ConversionException.Join(model.Config.Problems)}");
        }

        BackCheck.Require(file, open, model);
        return model;
    }

    /// <summary>Whether models of that form can be converted back; tensors decide where several families share an architecture.</summary>
    /// <exception cref="ConversionException">They cannot.</exception>
    public static Family FamilyOf(GgufFile file)
    {
        var architecture = file.GetString("general.architecture") ?? throw new ConversionException(NoArchitecture);
        var hasExperts = file.GetUnsigned($"{architecture}.expert_count") is > 0;
        var families = FamilyList
            .All.Where(family => family.Architecture == architecture && family.Back is not null && family.Fits?.Invoke(file) != false)
            .ToArray();
        return Array.Find(families, family => HasExperts(family) == hasExperts)
            ?? Array.Find(families, family => !hasExperts && HasDenseForm(family))
            ?? throw new ConversionException(
                families.Length > 0
                    ? $"models of the kind {architecture} {(hasExperts ? "with" : "without")} experts cannot be converted back"
                    : $"models of the kind {architecture} cannot be converted back",
                $"these can: {string.Join(", ", FamilyList.All.Where(static family => family.ConvertsBack).Select(static family => family.Classes[0]))}",
                isUnsupported: true
            );
    }

    private static bool HasExperts(Family family) => family.LayerTensors.Any(static rule => rule.Target.EndsWith(Experts, StringComparison.Ordinal));

    // Some families have experts in some models, and one feed-forward part in the others.
    private static bool HasDenseForm(Family family) =>
        family.LayerTensors.Any(static rule => rule is { Target: "ffn_up.weight", Where: not null })
        && family.LayerTensors.Where(static rule => rule.Target.EndsWith(Experts, StringComparison.Ordinal)).All(static rule => rule.Where is not null);

    private static Dictionary<string, object?> SettingsOf(Family family, GgufSource source, Dictionary<string, object?>? scaling)
    {
        var settings = new Dictionary<string, object?> { ["architectures"] = new[] { family.Classes[0] }, ["model_type"] = family.ModelType };
        // What an earlier rule would miss is no matter when a later one takes its place.
        var last = family.Back!.GroupBy(static rule => rule.Key).Select(static rules => rules.Last());
        foreach (var rule in last)
        {
            if (rule.Value(source) is { } value)
            {
                settings[rule.Key] = value;
            }
            else if (rule.Key is not "architectures")
            {
                settings.Remove(rule.Key);
            }
        }

        if (scaling is not null)
        {
            settings["rope_scaling"] = scaling;
        }

        AddCurrentSpelling(settings);
        return family.Part is { } part ? WholeOf(settings, part, source) : settings;
    }

    // The settings of the text model in a part of their own, beside what a GGUF has nothing of.
    private static Dictionary<string, object?> WholeOf(Dictionary<string, object?> settings, TextPart part, GgufSource source)
    {
        string[] outside = ["architectures", "model_type", "tie_word_embeddings"];
        var whole = settings.Where(entry => outside.Contains(entry.Key)).ToDictionary(static entry => entry.Key, static entry => entry.Value);
        settings.Remove("architectures");
        settings["model_type"] = part.ModelType;
        whole["text_config"] = settings;
        whole["vision_config"] = part.Vision(source);
        return whole;
    }

    // The newer form of the config beside the older one: each version of transformers reads its own.
    private static void AddCurrentSpelling(Dictionary<string, object?> settings)
    {
        if (settings.ContainsKey("rope_parameters") || settings.GetValueOrDefault("rope_theta") is not { } start)
        {
            return;
        }

        var whole = new Dictionary<string, object?> { ["rope_type"] = "default", ["rope_theta"] = start };
        foreach (var (key, value) in settings.GetValueOrDefault("rope_scaling") as Dictionary<string, object?> ?? [])
        {
            whole[key == "type" ? "rope_type" : key] = value;
        }

        foreach (var key in (string[])["partial_rotary_factor", "rotary_pct", "original_max_position_embeddings"])
        {
            var isNeeded = key[0] != 'o' || Equals(whole["rope_type"], "longrope");
            if (isNeeded && settings.GetValueOrDefault(key) is { } value)
            {
                whole[key == "rotary_pct" ? "partial_rotary_factor" : key] = value;
            }
        }

        settings["rope_parameters"] = settings.GetValueOrDefault("rope_local_base_freq") is not { } local
            ? whole
            : new Dictionary<string, object?>
            {
                ["full_attention"] = whole,
                ["sliding_attention"] = new Dictionary<string, object?> { ["rope_type"] = "default", ["rope_theta"] = local },
            };
    }
}
