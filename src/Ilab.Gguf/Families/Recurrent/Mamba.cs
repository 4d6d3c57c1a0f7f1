using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Recurrent;

/// <summary>Mamba and Falcon Mamba: state spaces without attention.</summary>
internal static class Mamba
{
    /// <summary>What the file says where the model has no limit.</summary>
    public const uint LongestContext = 1 << 20;

    /// <summary>What configs of both generations say, from the settings of a GGUF.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("hidden_size", "embedding_length"),
        Back.Length("num_hidden_layers", "block_count"),
        Back.Length("conv_kernel", "ssm.conv_kernel"),
        Back.Length("intermediate_size", "ssm.inner_size"),
        Back.Length("state_size", "ssm.state_size"),
        Back.Of("expand", Expansion),
        Back.Number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon", 1e-5m),
        Back.Of("vocab_size", static source => source.Vocabulary),
        Back.Of("use_conv_bias", static source => source.Has("blk.0.ssm_conv1d.bias")),
        Back.Fixed("use_bias", false),
        Back.Fixed("hidden_act", "silu"),
        Back.Of("tie_word_embeddings", static source => !source.Has("output.weight")),
    ];

    public static Family Family { get; } =
        new()
        {
            Architecture = "mamba",
            Classes = ["MambaForCausalLM", "MambaLMHeadModel", "FalconMambaForCausalLM"],
            ModelType = "mamba",
            Defaults = """
                {"vocab_size": 50280, "hidden_size": 768, "state_size": 16, "num_hidden_layers": 32, "layer_norm_epsilon": 1e-5, "conv_kernel": 4,
                 "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string>
            {
                ["inner"] = "intermediate_size | d_inner | 2 * hidden",
                ["state"] = "state_size | d_state | 16",
                ["kernel"] = "conv_kernel | d_conv | 4",
                ["rank"] = "time_step_rank | dt_rank | (hidden + 15) / 16",
            },
            Metadata =
            [
                Setting.Fixed("context_length", LongestContext),
                Setting.Length("embedding_length", "hidden"),
                Setting.Fixed("feed_forward_length", 0u),
                Setting.Fixed("attention.head_count", 0u),
                Setting.Length("block_count", "layers"),
                Setting.Length("ssm.conv_kernel", "kernel"),
                Setting.Length("ssm.inner_size", "inner"),
                Setting.Length("ssm.state_size", "state"),
                Setting.Length("ssm.time_step_rank", "rank"),
                Setting.Number("attention.layer_norm_rms_epsilon", "layer_norm_epsilon", "rms_norm_eps"),
                Setting.Of("ssm.dt_b_c_rms", static config => config.Text("model_type") == "falcon_mamba"),
            ],
            Back =
            [
                Back.Of("architectures", static source => (string[])[IsFalcon(source) ? "FalconMambaForCausalLM" : "MambaForCausalLM"]),
                Back.Of("model_type", static source => IsFalcon(source) ? "falcon_mamba" : "mamba"),
                .. Config,
                Back.Length("time_step_rank", "ssm.time_step_rank"),
            ],
            LayerPath = "backbone.layers.{l}.",
            Tensors =
            [
                Tensor.Matrix("backbone.embeddings", "token_embd", "vocab hidden"),
                Tensor.Norm("backbone.norm_f", "output_norm"),
                Tensor.Matrix("lm_head", "output", "vocab hidden"),
            ],
            Computation = null,
            Untrained = Untrained.Recurrent,
            LayerTensors =
            [
                Tensor.Norm("norm", "attn_norm"),
                Tensor.Of("mixer.A_log", "ssm_a", "inner state", new NegativeExponential()),
                Tensor.Of("mixer.D", "ssm_d", "inner"),
                Tensor.Matrix("mixer.conv1d", "ssm_conv1d", "inner 1 kernel", new Reshape("inner", "kernel")),
                Tensor.Of("mixer.conv1d.bias", "ssm_conv1d.bias", "inner").Optional(),
                Tensor.Matrix("mixer.in_proj", "ssm_in", "2*inner hidden"),
                Tensor.Matrix("mixer.x_proj", "ssm_x", "rank+2*state inner"),
                .. Tensor.Biased("mixer.dt_proj", "ssm_dt", "inner rank"),
                Tensor.Matrix("mixer.out_proj", "ssm_out", "hidden inner"),
            ],
            Vocabulary = new VocabularyRules { PreTokenizers = ["mpt"] },
        };

    private static bool IsFalcon(GgufSource source) => source.Flag("ssm.dt_b_c_rms") == true;

    // How many times the width the state is; a whole number wherever it can be.
    private static object? Expansion(GgufSource source) =>
        (source.Whole("ssm.inner_size"), source.Whole("embedding_length")) is ({ } inner, { } width and > 0)
            ? inner % width == 0
                ? inner / width
                : (decimal)inner / width
            : null;
}
