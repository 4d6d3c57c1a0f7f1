using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>
/// Qwen 3.5: three layers with a gated delta net, then one with gated attention. Norms are stored less 1 but for those of the delta net; value heads, which
/// are grouped by key heads, are laid out round by round.
/// </summary>
internal static class Qwen35
{
    /// <summary>Norms but those of the delta net are stored so.</summary>
    public static readonly Shift One = new(1);

    public static Family Family { get; } =
        new()
        {
            Architecture = "qwen35",
            Classes = ["Qwen3_5ForCausalLM", "Qwen3_5ForConditionalGeneration"],
            ModelType = "qwen3_5_text",
            Defaults = """
                {"vocab_size": 248320, "hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 32, "num_attention_heads": 16,
                 "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "linear_conv_kernel_dim": 4,
                 "linear_key_head_dim": 128, "linear_value_head_dim": 128, "linear_num_key_heads": 16, "linear_num_value_heads": 32,
                 "full_attention_interval": 4, "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["keys"] = "linear_num_key_heads * linear_key_head_dim",
                ["values"] = "linear_num_value_heads * linear_value_head_dim",
                ["group"] = "linear_num_value_heads / linear_num_key_heads",
                ["round"] = "linear_num_key_heads",
                ["valuehead"] = "linear_value_head_dim",
                ["kernel"] = "linear_conv_kernel_dim",
            },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Of("rope.dimension_sections", static config => Positions.SectionsOf(config) ?? [11, 11, 10, 0]),
                Setting.Length("ssm.conv_kernel", "kernel"),
                Setting.Length("ssm.state_size", "linear_key_head_dim"),
                Setting.Length("ssm.group_count", "linear_num_key_heads"),
                Setting.Length("ssm.time_step_rank", "linear_num_value_heads"),
                Setting.Length("ssm.inner_size", "values"),
                Setting.LayersOf("attention.recurrent_layers", "linear_attention"),
                Setting.Length("full_attention_interval", "full_attention_interval"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)(measures.Of("head") * (config.Rope.PartialFactor ?? 0.25))),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"),
                Tensor.Norm("model.norm", "output_norm", "hidden", One),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.Config,
                Back.Length("linear_conv_kernel_dim", "ssm.conv_kernel"),
                Back.Length("linear_key_head_dim", "ssm.state_size"),
                Back.Length("linear_num_key_heads", "ssm.group_count"),
                Back.Length("linear_num_value_heads", "ssm.time_step_rank"),
                Back.Of("linear_value_head_dim", static source => source.Required("ssm.inner_size") / Math.Max(1, source.Required("ssm.time_step_rank"))),
                Back.Whole("full_attention_interval", "full_attention_interval"),
                Back.Of("layer_types", static source => source.Flags("attention.recurrent_layers")?.Select(NameOf).ToArray()),
                Back.Of("rope_theta", static _ => null),
                Back.Of("rope_scaling", static _ => null),
                Back.Of("rope_parameters", Rope),
            ],
            Computation = null,
            Untrained = Untrained.Recurrent,
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm", "hidden", One),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm", "hidden", One),
                .. Decoder.GatedFeedForward,
                .. DeltaNet.When(static (config, layer) => !IsFull(config, layer)),
                .. Attention.When(IsFull),
            ],
            Ignored = [.. Qwen2Vl.Vision, "mtp.*", "model.mtp.*"],
            Renames = [("language_model.", "")],
            Vocabulary = new VocabularyRules { PreTokenizers = ["qwen35"] },
        };

    /// <summary>The layers that recur.</summary>
    public static IEnumerable<TensorRule> DeltaNet =>
        [
            Tensor.Of("linear_attn.A_log", "ssm_a", "linear_num_value_heads", new NegativeExponential(), Rounds("1")),
            Tensor.Of("linear_attn.dt_bias", "ssm_dt.bias", "linear_num_value_heads", Rounds("1")),
            Tensor.Matrix("linear_attn.conv1d", "ssm_conv1d", "2*keys+values 1 kernel", new Reshape("2*keys+values", "kernel"), Rounds("valuehead", "2*keys")),
            Tensor.Matrix("linear_attn.in_proj_a", "ssm_alpha", "linear_num_value_heads hidden", Rounds("1")),
            Tensor.Matrix("linear_attn.in_proj_b", "ssm_beta", "linear_num_value_heads hidden", Rounds("1")),
            Tensor.Matrix("linear_attn.in_proj_qkv", "attn_qkv", "2*keys+values hidden", Rounds("valuehead", "2*keys")),
            Tensor.Matrix("linear_attn.in_proj_z", "attn_gate", "values hidden", Rounds("valuehead")),
            Tensor.Norm("linear_attn.norm", "ssm_norm", "valuehead"),
            Tensor.Matrix("linear_attn.out_proj", "ssm_out", "hidden values", new Swap("1", "round", "group", "valuehead", Axis: 1)),
        ];

    /// <summary>The layers that see everything.</summary>
    public static IEnumerable<TensorRule> Attention =>
        [
            Tensor.Matrix("self_attn.q_proj", "attn_q", "2*q hidden"),
            Tensor.Matrix("self_attn.k_proj", "attn_k", "k hidden"),
            Tensor.Matrix("self_attn.v_proj", "attn_v", "k hidden"),
            Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden q"),
            Tensor.Norm("self_attn.q_norm", "attn_q_norm", "head", One),
            Tensor.Norm("self_attn.k_norm", "attn_k_norm", "head", One),
        ];

    /// <summary>The kind of a layer in a config.</summary>
    public static string NameOf(bool isRecurrent) => isRecurrent ? "linear_attention" : "full_attention";

    private static Dictionary<string, object?> Rope(GgufSource source) =>
        new()
        {
            ["rope_type"] = "default",
            ["rope_theta"] = source.Number("rope.freq_base") ?? 10_000,
            ["partial_rotary_factor"] = (decimal)(source.Whole("rope.dimension_count") ?? source.Head) / Math.Max(1, source.Head),
            ["mrope_section"] = Positions.AxesOf(source),
            ["mrope_interleaved"] = true,
        };

    private static Swap Rounds(string inner, string from = "0") => new("1", "round", "group", inner, From: from);

    /// <summary>Whether a layer sees everything.</summary>
    public static bool IsFull(ModelConfig config, int layer) =>
        config.Texts("layer_types") is { Length: > 0 }
            ? Decoder.IsOfType(config, layer, "full_attention", "attention")
            : (layer + 1) % Math.Max(1, config.Whole("full_attention_interval") ?? 4) == 0;
}
