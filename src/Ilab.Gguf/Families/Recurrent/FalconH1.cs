using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>Falcon-H1: Mamba 2 and attention side by side in every layer. Its many multipliers are folded into the weights.</summary>
internal static class FalconH1
{
    private static readonly string[] Multipliers =
    [
        "embedding_multiplier",
        "lm_head_multiplier",
        "attention_in_multiplier",
        "attention_out_multiplier",
        "key_multiplier",
        "ssm_in_multiplier",
        "ssm_out_multiplier",
    ];

    public static Family Family { get; } =
        new()
        {
            Architecture = "falcon-h1",
            Classes = ["FalconH1ForCausalLM"],
            ModelType = "falcon_h1",
            Defaults = """
                {"vocab_size": 128000, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "num_key_value_heads": 8, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "rope_theta": 100000.0, "mamba_d_ssm": 1024,
                 "mamba_n_heads": 128, "mamba_n_groups": 1, "mamba_d_state": 256, "mamba_d_conv": 4, "mamba_expand": 2,
                 "tie_word_embeddings": false, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["inner"] = "mamba_d_ssm | mamba_expand * hidden",
                ["states"] = "mamba_n_groups * mamba_d_state",
                ["channels"] = "inner + 2 * states",
            },
            Metadata =
            [
                Setting.Length("context_length", "max_position_embeddings"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Length("block_count", "layers"),
                Setting.Length("ssm.conv_kernel", "mamba_d_conv"),
                Setting.Length("ssm.inner_size", "inner"),
                Setting.Length("ssm.state_size", "mamba_d_state"),
                Setting.Length("ssm.time_step_rank", "inner / mamba_d_head | mamba_n_heads"),
                Setting.Length("ssm.group_count", "mamba_n_groups"),
                Setting.Number("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
                Setting.Length("vocab_size", "vocab"),
                Setting.Length("attention.head_count_kv", "kv"),
                Setting.Length("attention.key_length", "head"),
                Setting.Length("attention.value_length", "head"),
                Setting.Of("rope.freq_base", static config => (float?)config.Rope.Base),
            ],
            Tensors =
            [
                Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden", new Scale("embedding_multiplier")),
                Tensor.Norm("model.final_layernorm", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden", new Scale("lm_head_multiplier")),
            ],
            Back =
            [
                .. Decoder.Config,
                .. StateSpace.Config,
                Back.Length("mamba_d_ssm", "ssm.inner_size"),
                Back.Of("mamba_rms_norm", static source => source.Has("blk.0.ssm_norm.weight")),
                // The multipliers are in the weights.
                .. Multipliers.Select(static key => Back.Fixed(key, 1m)),
                Back.Fixed("mlp_multipliers", new[] { 1m, 1m }),
                Back.Fixed("ssm_multipliers", new[] { 1m, 1m, 1m, 1m, 1m }),
            ],
            Computation = null,
            Untrained = Untrained.Recurrent,
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Of("pre_ff_layernorm.weight", "ffn_norm", "hidden"),
                Tensor.Matrix("self_attn.q_proj", "attn_q", "q hidden", new Scale("attention_in_multiplier")),
                Tensor.Matrix("self_attn.k_proj", "attn_k", "k hidden", new Scale("key_multiplier", "attention_in_multiplier")),
                Tensor.Matrix("self_attn.v_proj", "attn_v", "k hidden", new Scale("attention_in_multiplier")),
                Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden q", new Scale("attention_out_multiplier")),
                Tensor.Matrix("feed_forward.gate_proj", "ffn_gate", "ff hidden", new Scale("mlp_multipliers[0]")),
                Tensor.Matrix("feed_forward.up_proj", "ffn_up", "ff hidden"),
                Tensor.Matrix("feed_forward.down_proj", "ffn_down", "hidden ff", new Scale("mlp_multipliers[1]")),
                .. StateSpace.Mixer("mamba", "mamba_n_heads", "mamba_n_groups", "mamba_d_conv", isNormed: false).Select(Multiplied),
            ],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["falcon-h1"] },
            Activations = ["silu"],
        };

    private static TensorRule Multiplied(TensorRule rule) =>
        rule.Target switch
        {
            "ssm_in.weight" => rule with
            {
                Steps =
                [
                    new Scale("ssm_in_multiplier"),
                    new ScaleRows(
                        ("inner", "ssm_multipliers[0]"),
                        ("inner", "ssm_multipliers[1]"),
                        ("states", "ssm_multipliers[2]"),
                        ("states", "ssm_multipliers[3]"),
                        ("mamba_n_heads", "ssm_multipliers[4]")
                    ),
                ],
            },
            "ssm_out.weight" => rule with { Steps = [new Scale("ssm_out_multiplier")] },
            _ => rule,
        };
}
