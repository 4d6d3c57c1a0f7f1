using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>Mamba 2.</summary>
internal static class Mamba2
{
    public static Family Family { get; } =
        new()
        {
            Architecture = "mamba2",
            Classes = ["Mamba2ForCausalLM"],
            ModelType = "mamba2",
            Defaults = """
                {"vocab_size": 32768, "hidden_size": 4096, "num_hidden_layers": 64, "state_size": 128, "head_dim": 64, "expand": 2, "conv_kernel": 4,
                 "n_groups": 8, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": false}
                """,
            Measures = new Dictionary<string, string>
            {
                ["inner"] = "intermediate_size | d_inner | expand * hidden",
                ["state"] = "state_size | d_state",
                ["kernel"] = "conv_kernel | d_conv",
                ["statehead"] = "inner / head_dim",
                ["groups"] = "n_groups",
                ["channels"] = "inner + 2 * groups * state",
            },
            Metadata =
            [
                Setting.Fixed("context_length", Mamba.LongestContext),
                Setting.Length("embedding_length", "hidden"),
                Setting.Fixed("feed_forward_length", 0u),
                Setting.Fixed("attention.head_count", 0u),
                Setting.Length("block_count", "layers"),
                Setting.Length("ssm.conv_kernel", "kernel"),
                Setting.Length("ssm.inner_size", "inner"),
                Setting.Length("ssm.state_size", "state"),
                Setting.Length("ssm.time_step_rank", "statehead"),
                Setting.Length("ssm.group_count", "groups"),
                Setting.Number("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", "rms_norm_eps"),
            ],
            Back =
            [
                .. Mamba.Config,
                Back.Length("num_heads", "ssm.time_step_rank"),
                Back.Length("n_groups", "ssm.group_count"),
                Back.Of("head_dim", static source => source.Required("ssm.inner_size") / Math.Max(1, source.Required("ssm.time_step_rank"))),
            ],
            LayerPath = "backbone.layers.{l}.",
            Tensors = Mamba.Family.Tensors,
            Computation = null,
            Untrained = Untrained.Recurrent,
            LayerTensors = [Tensor.Norm("norm", "attn_norm"), .. StateSpace.Mixer("mixer", "statehead", "groups", "kernel")],
            Renames = [("model.backbone.", "backbone."), ("model.lm_head.", "lm_head.")],
            Vocabulary = new VocabularyRules { PreTokenizers = ["mpt"] },
        };
}
