using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>GPT-BigCode, as SantaCoder and StarCoder 1: GPT-2 with plain matrices and one key for all heads.</summary>
internal static class BigCode
{
    public static Family Family { get; } =
        Gpt2.Family with
        {
            Architecture = "starcoder",
            Classes = ["GPTBigCodeForCausalLM"],
            ModelType = "gpt_bigcode",
            Defaults = """
                {"vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12, "layer_norm_epsilon": 1e-5, "multi_query": true,
                 "tie_word_embeddings": true, "activation_function": "gelu_pytorch_tanh"}
                """,
            Metadata = [.. Gpt2.Family.Metadata, Setting.Fixed("attention.head_count_kv", 1u)],
            Back = [.. Gpt2.Family.Back!, Back.Fixed("multi_query", true), Gelu.Back("activation_function", "gelu_pytorch_tanh")],
            Computation = null,
            Untrained = Untrained.Undescribed,
            LayerTensors =
            [
                .. Tensor.LayerNorm("ln_1", "attn_norm"),
                .. Tensor.LayerNorm("ln_2", "ffn_norm"),
                .. Tensor.Biased("attn.c_attn", "attn_qkv", "hidden+2*(hidden/heads) hidden"),
                .. Tensor.Biased("attn.c_proj", "attn_output", "hidden hidden"),
                .. Tensor.Biased("mlp.c_fc", "ffn_up", "ff hidden"),
                .. Tensor.Biased("mlp.c_proj", "ffn_down", "hidden ff"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["starcoder", "gpt-2"] },
            Check = static config =>
                [
                    .. Gpt2.Family.Check!(config),
                    .. config.Flag("multi_query") == false ? (string[])["keys of each head (multi_query: false) are not of this family's graph"] : [],
                ],
        };
}
