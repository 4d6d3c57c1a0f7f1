using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>Apertus: a plain feed-forward part with the learned activation xIELU, whose numbers are settings of the GGUF.</summary>
internal static class Apertus
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "apertus",
            Classes = ["ApertusForCausalLM"],
            ModelType = "apertus",
            Defaults = """
                {"vocab_size": 131072, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 65536, "rms_norm_eps": 1e-5, "rope_theta": 12000000.0,
                 "rope_parameters": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192, "low_freq_factor": 1.0,
                 "high_freq_factor": 4.0}, "tie_word_embeddings": false, "hidden_act": "xielu"}
                """,
            Computation = new Computation { Activation = Activation.Xielu },
            LayerTensors =
            [
                Tensor.Norm("attention_layernorm", "attn_norm"),
                Tensor.Norm("feedforward_layernorm", "ffn_norm"),
                .. Decoder.Attention,
                .. Decoder.HeadNorms,
                .. Tensor.Linear("mlp.up_proj", "ffn_up", "ff hidden"),
                .. Tensor.Linear("mlp.down_proj", "ffn_down", "hidden ff"),
            ],
            ScalarsOfLayers =
            [
                new("/xielu.alpha_n", "mlp.act_fn.alpha_n", HasAxis: true),
                new("/xielu.alpha_p", "mlp.act_fn.alpha_p", HasAxis: true),
                new("/xielu.beta", "mlp.act_fn.beta", HasAxis: false),
                new("/xielu.eps", "mlp.act_fn.eps", HasAxis: false),
            ],
            Vocabulary = new VocabularyRules { SaysSpacePrefix = true, PreTokenizers = ["tekken"] },
            Activations = ["xielu"],
            Back = [.. Decoder.Config, .. Decoder.BiasConfig, Back.Fixed("hidden_act", "xielu"), Back.Fixed("qk_norm", true)],
        };
}
