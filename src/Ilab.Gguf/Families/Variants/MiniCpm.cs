using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Dense;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Variants;

/// <summary>MiniCPM 1 and 2: the form of Llama with three scales, which the config says by the depth and by the width of a base model.</summary>
internal static class MiniCpm
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "minicpm",
            Classes = ["MiniCPMForCausalLM"],
            ModelType = "minicpm",
            Defaults = """
                {"vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
                 "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "scale_emb": 1, "scale_depth": 1,
                 "dim_model_base": 1, "tie_word_embeddings": true, "hidden_act": "silu"}
                """,
            Measures = new Dictionary<string, string> { ["head"] = "hidden / heads" },
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Number("embedding_scale", "scale_emb"),
                new MetadataRule("residual_scale", static (config, measures) => Part(config.Number("scale_depth"), Math.Sqrt(measures.Of("layers")))),
                new MetadataRule("logit_scale", static (config, measures) => Part(measures.Of("hidden"), config.Number("dim_model_base"))),
            ],
            Back =
            [
                .. Decoder.Config,
                Decoder.SharedHeads,
                Back.Of("head_dim", static _ => null),
                Back.Number("scale_emb", "embedding_scale", 1),
                Back.Of("scale_depth", DepthOf),
                Back.Of(
                    "dim_model_base",
                    static source => (long)Math.Round((source.Whole("embedding_length") ?? 0) / (double)(source.Number("logit_scale") ?? 1))
                ),
                Back.Of("rope_scaling", Phi3.Scaling),
            ],
            Computation = new Computation { Turning = Turning.Neighbours },
            Computed =
            [
                new ComputedTensor("rope_factors_long.weight", static (config, measures) => Phi3.Factors(config, measures, "long_factor")),
                new ComputedTensor("rope_factors_short.weight", static (config, measures) => Phi3.Factors(config, measures, "short_factor")),
            ],
            Vocabulary = new VocabularyRules(),
            Warnings = null,
        };

    // The shortest number that gives the scale of the file.
    private static object? DepthOf(GgufSource source)
    {
        var root = Math.Sqrt(Math.Max(1, source.Layers));
        var scale = (float)(source.Number("residual_scale") ?? 1);
        return Enumerable
            .Range(0, 12)
            .Select(digits => (decimal?)Math.Round((decimal)scale * (decimal)root, digits))
            .FirstOrDefault(depth => (float)((double)depth! / root) == scale);
    }

    private static object? Part(double? number, double? of) => number is { } value && of is { } whole and not 0 ? (float)(value / whole) : null;
}
