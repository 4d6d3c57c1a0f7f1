using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>EXAONE 3 and 3.5: Llama under the names of GPT-2; the graph turns halves.</summary>
internal static class Exaone
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "exaone",
            Classes = ["ExaoneForCausalLM"],
            ModelType = "exaone",
            Defaults = """
                {"vocab_size": 102400, "hidden_size": 2048, "num_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
                 "layer_norm_epsilon": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true, "activation_function": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["ff"] = "intermediate_size | 4 * hidden" },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Number("attention.layer_norm_rms_epsilon", "layer_norm_epsilon"),
                new MetadataRule("rope.dimension_count", static (config, measures) => (uint)((config.Rope.PartialFactor ?? 1) * measures.Of("hidden / heads"))),
            ],
            LayerPath = "transformer.h.{l}.",
            Tensors =
            [
                Tensor.Matrix("transformer.wte", "token_embd", "vocab hidden"),
                Tensor.Norm("transformer.ln_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                .. Decoder.Config,
                Decoder.SharedHeads,
                Back.Of("rms_norm_eps", static _ => null),
                Back.Of("num_hidden_layers", static _ => null),
                Back.Of("hidden_act", static _ => null),
                Back.Length("num_layers", "block_count"),
                Back.Fixed("activation_function", "silu"),
                Back.Number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon", 1e-5m),
            ],
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                Tensor.Norm("ln_1", "attn_norm"),
                Tensor.Norm("ln_2", "ffn_norm"),
                Tensor.Matrix("attn.attention.q_proj", "attn_q", "q hidden"),
                Tensor.Matrix("attn.attention.k_proj", "attn_k", "k hidden"),
                Tensor.Matrix("attn.attention.v_proj", "attn_v", "k hidden"),
                Tensor.Matrix("attn.attention.out_proj", "attn_output", "hidden q"),
                Tensor.Matrix("mlp.c_fc_0", "ffn_gate", "ff hidden"),
                Tensor.Matrix("mlp.c_fc_1", "ffn_up", "ff hidden"),
                Tensor.Matrix("mlp.c_proj", "ffn_down", "hidden ff"),
            ],
            Ignored = ["*.rotary.inv_freq"],
            Computed = [Positions.Llama3Factors],
            Vocabulary = new VocabularyRules { PreTokenizers = ["exaone"] },
            Check = static config =>
                config.Text("activation_function") is { } name and not "silu" ? [$"the activation {name} is not the silu of this family"] : [],
        };
}
