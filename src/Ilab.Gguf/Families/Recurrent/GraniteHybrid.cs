using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Families.Sparse;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>
/// Granite 4: layers with Mamba 2 and some with attention, with or without experts. transformers 5 calls the kinds of layers linear_attention and
/// full_attention. One without state-space layers is a Granite 3 in all but names.
/// </summary>
internal static class GraniteHybrid
{
    private const uint Long = 1 << 20;
    private static readonly string[] AttentionNames = ["attention", "full_attention"];

    public static Family Family { get; } =
        GraniteMoe.Family with
        {
            Architecture = "granitehybrid",
            Classes = ["GraniteMoeHybridForCausalLM"],
            ModelType = "granitemoehybrid",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "embedding_multiplier": 1.0, "logits_scaling": 1.0,
                 "residual_multiplier": 1.0, "attention_multiplier": 1.0, "num_local_experts": 8, "num_experts_per_tok": 2,
                 "shared_intermediate_size": 1024, "mamba_n_heads": 128, "mamba_n_groups": 1, "mamba_d_state": 256, "mamba_d_conv": 4,
                 "mamba_expand": 2, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["head"] = "hidden / heads",
                ["inner"] = "mamba_expand * hidden",
                ["channels"] = "inner + 2 * mamba_n_groups * mamba_d_state",
            },
            Metadata =
            [
                .. GraniteMoe.Family.Metadata,
                Setting.Of("attention.head_count_kv", HeadsOfLayers),
                // Without experts the feed-forward part is the shared one, whatever length the config has for the others.
                new MetadataRule(
                    "feed_forward_length",
                    static (config, measures) => (uint?)measures.Find(HasExperts(config, 0) ? "ff" : "shared_intermediate_size")
                ),
                Setting.Length("ssm.conv_kernel", "mamba_d_conv"),
                Setting.Length("ssm.state_size", "mamba_d_state"),
                Setting.Length("ssm.group_count", "mamba_n_groups"),
                Setting.Length("ssm.inner_size", "inner"),
                Setting.Length("ssm.time_step_rank", "mamba_n_heads"),
                Setting.Fixed("rope.scaling.finetuned", false),
                Setting.Fixed("context_length", Long),
            ],
            Back =
            [
                .. GraniteMoe.Family.Back!,
                .. StateSpace.Config,
                Back.Fixed("architectures", (string[])["GraniteMoeHybridForCausalLM"]),
                Back.Fixed("model_type", "granitemoehybrid"),
                Back.Of("num_local_experts", static source => source.Whole("expert_count") ?? 0),
                Back.Whole("num_experts_per_tok", "expert_used_count"),
                Back.Of("num_key_value_heads", static source => source.Wholes("attention.head_count_kv")?.Max()),
                Back.Of("layer_types", static source => source.Wholes("attention.head_count_kv")?.Select(NameOf).ToArray()),
                Back.Of("attention_bias", static source => Enumerable.Range(0, source.Layers).Any(layer => source.Has($"blk.{layer}.attn_q.bias"))),
                Back.Fixed("position_embedding_type", "nope"),
            ],
            Computation = null,
            Untrained = Untrained.Recurrent,
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.PairedAttention.When(HasAttention),
                .. StateSpace.Mixer("mamba", "mamba_n_heads", "mamba_n_groups", "mamba_d_conv").When(static (config, layer) => !HasAttention(config, layer)),
                .. GraniteMoe.Experts.When(HasExperts),
                .. GraniteMoe.Shared.When(HasExperts),
                .. GraniteMoe.SharedAs("").When(static (config, layer) => !HasExperts(config, layer)),
            ],
            Variant = static config => Layers(config).All(layer => HasAttention(config, layer)) ? AllAttention(config) : null,
        };

    // The positions of a model without state-space layers turn as usual. The settings of such layers are there all the same.
    private static Family AllAttention(ModelConfig config) =>
        HasExperts(config, 0)
            ? GraniteMoe.Family with
            {
                Classes = Family.Classes,
                Defaults = Family.Defaults,
                Measures = Family.Measures,
                Metadata = WithoutStates,
            }
            : Granite.Family with
            {
                Classes = Family.Classes,
                Defaults = Family.Defaults,
                Measures = Family.Measures,
                Metadata = WithoutStates,
                LayerTensors = [.. Decoder.Norms, .. Decoder.PairedAttention, .. GraniteMoe.SharedAs("")],
                Back = null,
            };

    private static IReadOnlyList<MetadataRule> WithoutStates =>
        [.. Family.Metadata, Setting.Fixed("rope.scaling.finetuned", true), Setting.Whole("context_length", "max_position_embeddings")];

    // The names that both versions of transformers read.
    private static string NameOf(int heads) => heads > 0 ? "attention" : "mamba";

    private static IEnumerable<int> Layers(ModelConfig config) => Enumerable.Range(0, (int)Math.Clamp(config.Whole("num_hidden_layers") ?? 0, 0, 4096));

    private static bool HasExperts(ModelConfig config, int layer) => config.Whole("num_local_experts") > 0;

    private static bool HasAttention(ModelConfig config, int layer) =>
        config.Texts("layer_types") is { Length: > 0 } ? Decoder.IsOfType(config, layer, AttentionNames)
        : config.Numbers("attn_layer_indices") is { Length: > 0 } layers ? layers.Contains(layer)
        : config.Whole("attn_layer_period") is { } period and > 0 && layer % period == (config.Whole("attn_layer_offset") ?? 0);

    private static object? HeadsOfLayers(ModelConfig config) =>
        Layers(config).Select(layer => HasAttention(config, layer) ? (int)(config.Whole("num_key_value_heads", "num_attention_heads") ?? 0) : 0).ToArray();
}
