using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Families.Shared;

/// <summary>Rotary positions: settings, and factors that are stored as tensors.</summary>
internal static class Positions
{
    private const int Sections = 4;

    /// <summary>How the frequencies are made and stretched.</summary>
    public static IReadOnlyList<MetadataRule> Settings { get; } =
    [
        Setting.Of("rope.scaling.type", static config => Factor(config) is not null ? config.Rope.Kind : Known(config, config.Rope.Kind)),
        Setting.Of("rope.scaling.factor", static config => Factor(config)),
        Yarn("rope.scaling.original_context_length", static config => (uint?)config.Rope.OriginalContext),
        Yarn("rope.scaling.yarn_ext_factor", static config => (float?)config.Rope.Own("extrapolation_factor")),
        Yarn("rope.scaling.yarn_attn_factor", static config => (float?)(config.Rope.Own("attention_factor") ?? config.Rope.Own("attn_factor"))),
        Yarn("rope.scaling.yarn_beta_fast", static config => (float?)config.Rope.Own("beta_fast")),
        Yarn("rope.scaling.yarn_beta_slow", static config => (float?)config.Rope.Own("beta_slow")),
        Setting.Of("rope.dimension_sections", static config => SectionsOf(config)),
        Setting.Of("rope.freq_base", static config => (float?)config.Rope.Base),
        Setting.Of("rope.freq_base_swa", static config => (float?)config.Rope.SlidingBase),
    ];

    /// <summary>llama3's stretching is a tensor: what each frequency is divided by.</summary>
    public static ComputedTensor Llama3Factors { get; } = new("rope_freqs.weight", static (config, measures) => FactorsOf(config, (int)measures.Of("head")));

    /// <summary>yarn rounds the bounds of its ramp in the engine, whatever the config says.</summary>
    public static IEnumerable<string> TruncationWarning(ModelConfig config)
    {
        if (config.Rope.Kind == "yarn" && config.Rope.Find("truncate").Flag() == false)
        {
            yield return "yarn's bounds are not rounded in the original (truncate: false), the engine rounds them: answers to long texts differ";
        }
    }

    /// <summary>All of a config's entry for a picture's axes, filled up to four.</summary>
    public static int[]? SectionsOf(ModelConfig config)
    {
        var said = config.Rope.Find("mrope_section").Items().Select(static item => ((JsonElement?)item).Int() ?? 0).ToArray();
        return said.Length == 0 ? null : [.. said.Take(Sections), .. new int[Math.Max(0, Sections - said.Length)]];
    }

    /// <summary>The axes of a picture again.</summary>
    public static int[] AxesOf(GgufSource source) => [.. (source.Wholes("rope.dimension_sections") ?? []).Take(Sections - 1)];

    /// <summary>Rotary positions that have axes, and may be stretched as well.</summary>
    public static Dictionary<string, object?> ScalingOfAxes(GgufSource source) =>
        new(ScalingOf(source) ?? new Dictionary<string, object?> { ["rope_type"] = "default" }) { ["mrope_section"] = AxesOf(source) };

    /// <summary>How a config says that positions are stretched; null = they are not.</summary>
    public static Dictionary<string, object?>? ScalingOf(GgufSource source)
    {
        var kind = source.Text("rope.scaling.type");
        if (kind is not ("linear" or "yarn"))
        {
            return null;
        }

        var scaling = new Dictionary<string, object?> { ["rope_type"] = kind, ["factor"] = source.Number("rope.scaling.factor") ?? 1 };
        if (kind == "yarn")
        {
            scaling["original_max_position_embeddings"] = source.Whole("rope.scaling.original_context_length") ?? 0;
            (string Key, string Name)[] numbers =
            [
                ("yarn_ext_factor", "extrapolation_factor"),
                ("yarn_attn_factor", "attention_factor"),
                ("yarn_beta_fast", "beta_fast"),
                ("yarn_beta_slow", "beta_slow"),
                ("yarn_log_multiplier", "mscale_all_dim"),
            ];
            foreach (var (key, name) in numbers.Where(entry => source.Number($"rope.scaling.{entry.Key}") is not null))
            {
                scaling[name] = source.Number($"rope.scaling.{key}");
            }
        }

        return scaling;
    }

    private static MetadataRule Yarn(string key, Func<ModelConfig, object?> value) =>
        Setting.Of(key, config => config.Rope.Kind == "yarn" && Factor(config) is not null ? value(config) : null);

    private static float? Factor(ModelConfig config) => config.Rope.Kind is "linear" or "yarn" ? (float?)config.Rope.Own("factor") : null;

    private static string? Known(ModelConfig config, string? kind)
    {
        if (kind is not (null or "default" or "linear" or "yarn" or "llama3" or "longrope" or "dynamic" or "mrope" or "proportional" or "none"))
        {
            config.Report($"rotary scaling of the kind {kind} is not known");
        }

        return kind == "longrope" ? kind : null;
    }

    // In single precision, as the makers of the original compute it: the factors are compared bit by bit.
    private static float[]? FactorsOf(ModelConfig config, int head)
    {
        if (config.Rope.Kind != "llama3")
        {
            return null;
        }

        var rope = config.Rope;
        var (start, factor) = ((float)(rope.Base ?? 10_000), (float)(rope.Own("factor") ?? 8));
        var (low, high) = ((float)(rope.Own("low_freq_factor") ?? 1), (float)(rope.Own("high_freq_factor") ?? 4));
        var original = (float)(rope.OriginalContext ?? 8192);
        var factors = new float[head / 2];
        for (var index = 0; index < factors.Length; index++)
        {
            var frequency = 1 / MathF.Pow(start, 2f * index / head);
            var wave = (float)(2 * Math.PI) / frequency;
            factors[index] =
                wave < original / high ? 1
                : wave > original / low ? factor
                : Blend(((original / wave) - low) / (high - low));
        }

        return factors;

        float Blend(float smooth) => 1 / (((1 - smooth) / factor) + smooth);
    }
}
