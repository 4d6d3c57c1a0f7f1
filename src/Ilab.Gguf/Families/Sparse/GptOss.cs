using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Sparse;

/// <summary>gpt-oss: attention sinks, experts whose gate and up rows alternate, as MXFP4 blocks or as plain transposed matrices.</summary>
internal static class GptOss
{
    private const string Blocks = "experts 2*ff hidden/32 16";
    private static readonly Take Even = new("0", "ff", Stride: 2, Axis: 1),
        Odd = new("1", "ff", Stride: 2, Axis: 1);

    public static Family Family { get; } =
        new()
        {
            Architecture = "gpt-oss",
            Classes = ["GptOssForCausalLM"],
            ModelType = "gpt_oss",
            Defaults = """
                {"vocab_size": 201088, "hidden_size": 2880, "intermediate_size": 2880, "num_hidden_layers": 36, "num_attention_heads": 64,
                 "num_key_value_heads": 8, "head_dim": 64, "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "rope_theta": 150000.0,
                 "num_local_experts": 128, "num_experts_per_tok": 4, "sliding_window": 128,
                 "rope_parameters": {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false,
                 "original_max_position_embeddings": 4096}, "tie_word_embeddings": false}
                """,
            Metadata = [.. Decoder.Settings, Setting.Length("attention.sliding_window", "sliding_window"), Setting.Length("expert_feed_forward_length", "ff")],
            Tensors = Decoder.Embeddings,
            Back =
            [
                .. Decoder.Config,
                Back.Length("num_local_experts", "expert_count"),
                Back.Length("num_experts_per_tok", "expert_used_count"),
                Back.Length("sliding_window", "attention.sliding_window"),
                Back.Fixed("attention_bias", true),
                Back.Fixed("swiglu_limit", 7m),
                Decoder.KindsOfLayers(2),
            ],
            Computation = new Computation
            {
                FeedForwardNorm = "post_attention_norm",
                Windows = new WindowRule(2) { Stretches = true },
                HasSinks = true,
                Experts = new ExpertRule(Normalizes: true) { IsBound = true },
            },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                .. Tensor.Biased("self_attn.q_proj", "attn_q", "q hidden"),
                .. Tensor.Biased("self_attn.k_proj", "attn_k", "k hidden"),
                .. Tensor.Biased("self_attn.v_proj", "attn_v", "k hidden"),
                .. Tensor.Biased("self_attn.o_proj", "attn_output", "hidden q"),
                Tensor.Of("self_attn.sinks", "attn_sinks.weight", "heads"),
                .. Tensor.Biased("mlp.router", "ffn_gate_inp", "experts hidden"),
                Tensor.Of("mlp.experts.gate_up_proj", "ffn_gate_exps.weight", "experts hidden 2*ff", new Transpose(), Even),
                Tensor.Of("mlp.experts.gate_up_proj_blocks", "ffn_gate_exps.weight", Blocks, Even) with
                {
                    Scales = "mlp.experts.gate_up_proj_scales",
                },
                Tensor.Of("mlp.experts.gate_up_proj", "ffn_up_exps.weight", "experts hidden 2*ff", new Transpose(), Odd),
                Tensor.Of("mlp.experts.gate_up_proj_blocks", "ffn_up_exps.weight", Blocks, Odd) with
                {
                    Scales = "mlp.experts.gate_up_proj_scales",
                },
                Tensor.Of("mlp.experts.down_proj", "ffn_down_exps.weight", "experts ff hidden", new Transpose()),
                Tensor.Of("mlp.experts.down_proj_blocks", "ffn_down_exps.weight", "experts hidden ff/32 16") with
                {
                    Scales = "mlp.experts.down_proj_scales",
                },
                Tensor.Of("mlp.experts.gate_up_proj_bias", "ffn_gate_exps.bias", "experts 2*ff", Even),
                Tensor.Of("mlp.experts.gate_up_proj_bias", "ffn_up_exps.bias", "experts 2*ff", Odd),
                Tensor.Of("mlp.experts.down_proj_bias", "ffn_down_exps.bias", "experts hidden"),
            ],
            Vocabulary = new VocabularyRules { Kind = VocabularyKind.BytePairs, PreTokenizers = ["gpt-4o"] },
        };
}
