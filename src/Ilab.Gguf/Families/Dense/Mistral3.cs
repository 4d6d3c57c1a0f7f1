using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;

namespace Ilab.Gguf.Families.Dense;

/// <summary>The text part of Mistral Small 3, and of Ministral 3: yarn with a multiplier, and queries that are scaled by their position.</summary>
internal static class Mistral3
{
    public static Family Family { get; } =
        Llama.Family with
        {
            Architecture = "mistral3",
            Classes = ["Mistral3ForConditionalGeneration"],
            ModelType = "ministral3",
            Defaults = Mistral.Family.Defaults,
            Metadata =
            [
                .. Llama.Settings,
                Setting.Whole("attention.key_length", "head_dim"),
                Setting.Whole("attention.value_length", "head_dim"),
                Setting.Of("rope.scaling.yarn_log_multiplier", static config => (float?)config.Rope.Own("mscale_all_dim")),
                Setting.Of("attention.temperature_scale", static config => (float?)config.Rope.Own("llama_4_scaling_beta")),
            ],
            Back =
            [
                .. Decoder.Config,
                Back.Of("head_dim", static source => source.Whole("attention.key_length") ?? Back.Null),
                Back.Of("rope_scaling", Scaling),
            ],
            Renames = [("language_model.", "")],
            Ignored = ["vision_tower.*", "multi_modal_projector.*", "model.vision_tower.*", "model.multi_modal_projector.*"],
        };

    // The scaling of queries by their place has its number among those of the positions.
    private static Dictionary<string, object?>? Scaling(GgufSource source)
    {
        var scaling = Positions.ScalingOf(source);
        if (scaling is not null && source.Number("attention.temperature_scale") is { } beta)
        {
            scaling["llama_4_scaling_beta"] = beta;
            scaling["mscale"] = 1m;
        }

        return scaling;
    }
}
