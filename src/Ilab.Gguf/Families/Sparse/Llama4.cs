using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>
/// Llama 4: one routed expert and a shared one in every so many layers, the experts in one transposed tensor. Which layers have no positions, and the
/// temperature of attention, are fixed in the graph.
/// </summary>
internal static class Llama4
{
    private const int ExpertsWithoutNorms = 128,
        RopeSkips = 4,
        Chunk = 8192;

    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "llama4",
            Classes = ["Llama4ForCausalLM", "Llama4ForConditionalGeneration"],
            ModelType = "llama4_text",
            Defaults = """
                {"vocab_size": 202048, "hidden_size": 5120, "intermediate_size": 8192, "intermediate_size_mlp": 16384, "num_hidden_layers": 48,
                 "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
                 "rope_theta": 500000.0, "num_experts_per_tok": 1, "num_local_experts": 16, "interleave_moe_layer_step": 1, "use_qk_norm": true,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Metadata =
            [
                .. Llama.Settings,
                Setting.Length("feed_forward_length", "intermediate_size_mlp"),
                Setting.Whole("attention.key_length", "head_dim"),
                Setting.Whole("attention.value_length", "head_dim"),
                Setting.Length("interleave_moe_layer_step", "interleave_moe_layer_step"),
                Setting.Length("expert_feed_forward_length", "ff"),
                Setting.Of("attention.sliding_window", NoWindow),
            ],
            Computation = new Computation
            {
                Turning = Turning.Neighbours,
                RopeSkips = RopeSkips,
                Chunk = Chunk,
                NormsTurned = static experts => experts != ExpertsWithoutNorms,
                Experts = new ExpertRule(Normalizes: false) { IsSigmoid = true, WeighsInputs = true },
            },
            LayerTensors =
            [
                .. Decoder.Norms,
                .. Decoder.Attention,
                .. Routed.When(HasExperts),
                .. Dense.When(static (config, layer) => !HasExperts(config, layer)),
            ],
            Renames = [("language_model.", "")],
            Ignored = ["vision_model.*", "multi_modal_projector.*"],
            Vocabulary = new VocabularyRules
            {
                SaysSpacePrefix = true,
                Kind = VocabularyKind.BytePairs,
                PreTokenizers = ["llama4"],
            },
            Warnings = Differences,
            Back =
            [
                .. Decoder.Config,
                Back.Length("intermediate_size", "expert_feed_forward_length"),
                Back.Length("intermediate_size_mlp", "feed_forward_length"),
                Back.Length("num_local_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Length("interleave_moe_layer_step", "interleave_moe_layer_step"),
                Back.Of("use_qk_norm", static source => source.Whole("expert_count") != ExpertsWithoutNorms),
                Back.Of("attn_temperature_tuning", static source => !IsWhole(source)),
                Back.Fixed("attention_chunk_size", Chunk),
                Back.Fixed("floor_scale", Chunk),
                Back.Of("no_rope_layers", static source => Enumerable.Range(0, source.Layers).Select(layer => IsTurned(source, layer) ? 1 : 0).ToArray()),
                Back.Of("layer_types", KindsOf),
            ],
        };

    // A window of 0 means that nothing is cut into pieces, and that all layers have positions.
    private static bool IsWhole(GgufSource source) => source.Whole("attention.sliding_window") == 0;

    private static bool IsTurned(GgufSource source, int layer) => IsWhole(source) || (layer + 1) % RopeSkips != 0;

    private static string[] KindsOf(GgufSource source) =>
        [.. Enumerable.Range(0, source.Layers).Select(layer => IsWhole(source) || !IsTurned(source, layer) ? "full_attention" : "chunked_attention")];

    // What the graph has fixed.
    private static IEnumerable<string> Differences(ModelConfig config)
    {
        var isWhole = NoWindow(config) is not null;
        var turned = config.Numbers("no_rope_layers").Select(static flag => flag != 0).ToArray();
        if (turned.Where((turns, layer) => turns != (isWhole || (layer + 1) % RopeSkips != 0)).Any())
        {
            yield return $"layers without positions (no_rope_layers) are not every {RopeSkips}th, as the engine takes them: answers differ";
        }

        if (!isWhole && config.Whole("attention_chunk_size") is { } chunk and not Chunk && chunk < config.Whole("max_position_embeddings"))
        {
            yield return $"layers attend to pieces of {chunk} tokens (attention_chunk_size), in the engine to {Chunk}: answers to longer texts differ";
        }

        if (config.Flag("use_qk_norm") is { } normed && normed == (config.Whole("num_local_experts") == ExpertsWithoutNorms))
        {
            yield return $"use_qk_norm is {(normed ? "true" : "false")}, which the engine takes from the number of experts to be otherwise: answers differ";
        }
    }

    private static IEnumerable<TensorRule> Routed =>
        [
            Tensor.Matrix("feed_forward.router", "ffn_gate_inp", "experts hidden"),
            Tensor.Of("feed_forward.experts.gate_up_proj", "ffn_gate_exps.weight", "experts hidden 2*ff", new Transpose(), new Take("0", "ff", Axis: 1)),
            Tensor.Of("feed_forward.experts.gate_up_proj", "ffn_up_exps.weight", "experts hidden 2*ff", new Transpose(), new Take("ff", "ff", Axis: 1)),
            Tensor.Of("feed_forward.experts.down_proj", "ffn_down_exps.weight", "experts ff hidden", new Transpose()),
            Tensor.Matrix("feed_forward.shared_expert.gate_proj", "ffn_gate_shexp", "ff hidden"),
            Tensor.Matrix("feed_forward.shared_expert.up_proj", "ffn_up_shexp", "ff hidden"),
            Tensor.Matrix("feed_forward.shared_expert.down_proj", "ffn_down_shexp", "hidden ff"),
        ];

    private static IEnumerable<TensorRule> Dense =>
        [
            Tensor.Matrix("feed_forward.gate_proj", "ffn_gate", "intermediate_size_mlp hidden"),
            Tensor.Matrix("feed_forward.up_proj", "ffn_up", "intermediate_size_mlp hidden"),
            Tensor.Matrix("feed_forward.down_proj", "ffn_down", "hidden intermediate_size_mlp"),
        ];

    private static bool HasExperts(ModelConfig config, int layer) =>
        config.Numbers("moe_layers") is { Length: > 0 } layers
            ? layers.Contains(layer)
            : (layer + 1) % Math.Max(1, config.Whole("interleave_moe_layer_step") ?? 1) == 0;

    private static object? NoWindow(ModelConfig config) =>
        config.Texts("layer_types") is { Length: > 0 } types && types.All(static type => type == "full_attention") ? 0u : null;
}
