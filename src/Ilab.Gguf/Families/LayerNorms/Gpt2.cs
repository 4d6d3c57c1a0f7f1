using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.LayerNorms;

/// <summary>GPT-2: learned positions, matrices that are stored transposed.</summary>
internal static class Gpt2
{
    private static readonly Transpose Turned = new();

    public static Family Family { get; } =
        new()
        {
            Architecture = "gpt2",
            Classes = ["GPT2LMHeadModel"],
            ModelType = "gpt2",
            Defaults = """
                {"vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12, "n_head": 12, "layer_norm_epsilon": 1e-5,
                 "tie_word_embeddings": true, "activation_function": "gelu_new"}
                """,
            Measures = new Dictionary<string, string>
            {
                ["positions"] = "n_positions | n_ctx",
                ["hidden"] = "n_embd",
                ["layers"] = "n_layer",
                ["heads"] = "n_head",
                ["ff"] = "n_inner | 4 * n_embd",
            },
            Metadata =
            [
                Setting.Length("block_count", "layers"),
                Setting.Length("context_length", "positions"),
                Setting.Length("embedding_length", "hidden"),
                Setting.Length("feed_forward_length", "ff"),
                Setting.Length("attention.head_count", "heads"),
                Setting.Number("attention.layer_norm_epsilon", "layer_norm_epsilon"),
                Gelu.Setting(Activation.Gelu, "activation_function"),
            ],
            LayerPath = "transformer.h.{l}.",
            Tensors =
            [
                Tensor.Matrix("transformer.wte", "token_embd", "vocab hidden"),
                Tensor.Matrix("transformer.wpe", "position_embd", "positions hidden"),
                .. Tensor.LayerNorm("transformer.ln_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Back =
            [
                Back.Length("n_embd", "embedding_length"),
                Back.Length("n_inner", "feed_forward_length"),
                Back.Length("n_layer", "block_count"),
                Back.Length("n_head", "attention.head_count"),
                Back.Length("n_positions", "context_length"),
                Back.Of("vocab_size", static source => source.Vocabulary),
                Back.Number("layer_norm_epsilon", "attention.layer_norm_epsilon", 1e-5m),
                Gelu.Back("activation_function", "gelu_new"),
                Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
            ],
            Computation = new Computation
            {
                Norm = NormKind.Layer,
                Turning = Turning.None,
                Activation = Activation.Gelu,
            },
            LayerTensors =
            [
                .. Tensor.LayerNorm("ln_1", "attn_norm"),
                .. Tensor.LayerNorm("ln_2", "ffn_norm"),
                Tensor.Matrix("attn.c_attn", "attn_qkv", "hidden 3*hidden", Turned),
                Tensor.Of("attn.c_attn.bias", "attn_qkv.bias", "3*hidden"),
                Tensor.Matrix("attn.c_proj", "attn_output", "hidden hidden", Turned),
                Tensor.Of("attn.c_proj.bias", "attn_output.bias", "hidden"),
                Tensor.Matrix("mlp.c_fc", "ffn_up", "hidden ff", Turned),
                Tensor.Of("mlp.c_fc.bias", "ffn_up.bias", "ff"),
                Tensor.Matrix("mlp.c_proj", "ffn_down", "ff hidden", Turned),
                Tensor.Of("mlp.c_proj.bias", "ffn_down.bias", "hidden"),
            ],
            Ignored = ["*.attn.bias", "*.attn.masked_bias"],
            Vocabulary = new VocabularyRules { PreTokenizers = ["gpt-2"] },
            Check = static config => [.. Gelu.Check(config, "activation_function"), .. Unknown(config)],
        };

    private static IEnumerable<string> Unknown(ModelConfig config)
    {
        const string What = "which the graph of this family does not do";
        if (config.Flag("scale_attn_weights") == false)
        {
            yield return $"scores of the attention are not scaled (scale_attn_weights), {What}";
        }

        if (config.Flag("scale_attn_by_inverse_layer_idx") == true)
        {
            yield return $"scores of the attention shrink from layer to layer (scale_attn_by_inverse_layer_idx), {What}";
        }
    }
}
