using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Description;

/// <summary>
/// Rotary positions of a config: the newer <c>rope_parameters</c> (also one entry per kind of layer) and the older <c>rope_theta</c> with <c>rope_scaling</c>
/// say the same.
/// </summary>
public sealed class RopeSettings
{
    private const string Newer = "rope_parameters",
        Older = "rope_scaling",
        Whole = "full_attention",
        Sliding = "sliding_attention";
    private static readonly string[] Bases = ["global_rope_theta", "rope_global_theta", "rope_theta_global", "rope_theta", "rotary_emb_base"];
    private static readonly string[] LocalBases = ["local_rope_theta", "rope_local_theta", "rope_theta_local", "swa_rope_theta", "rope_local_base_freq"];
    private static readonly string[] Parts = ["partial_rotary_factor", "rope_pct", "rope_percent", "rotary_pct"];

    private readonly ModelConfig _config;

    internal RopeSettings(ModelConfig config) => _config = config;

    /// <summary><c>default</c>, <c>linear</c>, <c>yarn</c>, <c>llama3</c>, <c>longrope</c> and others; null = not said.</summary>
    public string? Kind => (Find("rope_type").Text() ?? Find("type").Text())?.ToLowerInvariant() is { } kind ? (kind == "su" ? "longrope" : kind) : null;

    /// <summary>The base of the frequencies, null = not said.</summary>
    public double? Base => Own("rope_theta") ?? _config.Number(Bases);

    /// <summary>The base in layers with a sliding window, where it is another one.</summary>
    public double? SlidingBase =>
        Entry() is { } all && IsPerKind(all) ? ((JsonElement?)all).Find(Sliding).Find("rope_theta").Number() : _config.Number(LocalBases);

    /// <summary>Which part of a head turns.</summary>
    public double? PartialFactor => Own("partial_rotary_factor") ?? _config.Number(Parts);

    /// <summary>Tokens that the model was trained with before it was stretched.</summary>
    public long? OriginalContext =>
        (long?)Own("original_max_position_embeddings") ?? _config.Whole("original_max_position_embeddings") ?? _config.Whole("max_position_embeddings");

    /// <summary>A number of the entry itself.</summary>
    public double? Own(string key)
    {
        if (Find(key).Number() is not { } number)
        {
            return null;
        }

        if (double.IsFinite(number))
        {
            return number;
        }

        _config.Report($"{key} is {number.ToString(System.Globalization.CultureInfo.InvariantCulture)}, which makes no sense");
        return null;
    }

    /// <summary>A value of the entry, of its part for full attention where it has parts.</summary>
    public JsonElement? Find(string key) => Entry() is not { } all ? null : (IsPerKind(all) ? all.Find(Whole) : all).Find(key);

    // A config that says null has none, whatever its class takes for a missing key.
    private JsonElement? Entry() =>
        _config.FindSaid(Newer, Older) is { } said ? said
        : _config.SaysNull(Newer) || _config.SaysNull(Older) ? null
        : _config.Find(Newer);

    private static bool IsPerKind(JsonElement entry) => entry.Find(Whole) is not null || entry.Find(Sliding) is not null;
}
