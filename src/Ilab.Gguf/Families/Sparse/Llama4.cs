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
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "llama4",
            Classes = ["Llama4ForCausalLM", "Llama4ForConditionalGeneration"],
            ModelType = "llama4_text",
            Defaults = """
                {"vocab_size": 202048, "hidden_size": 5120, "intermediate_size": 8192, "intermediate_size_mlp": 16384, "num_hidden_layers": 48,
                 "num_attention_heads": 40, "num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5,
                 "rope_theta": 500000.0, "num_experts_per_tok": 1, "num_local_experts": 16, "interleave_moe_layer_step": 1,
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
                RopeSkips = 4,
                Chunk = 8192,
                NormsTurned = static experts => experts != 128,
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
            Back = null,
        };

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
