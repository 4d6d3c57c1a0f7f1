using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Adapters;

/// <summary>What a config says that an adapter in a GGUF cannot hold: refused by name, with what would help.</summary>
internal static class PeftForms
{
    /// <summary>Starts of training that leave the base as it is: what was trained is added to the base, whatever it began with.</summary>
    private static readonly string[] PlainStarts = ["gaussian", "eva", "orthogonal", "true", "false"];

    /// <summary>Starts that take something out of the base's weights, or round them: what was trained belongs to that other base.</summary>
    private static readonly string[] ChangedBases = ["pissa", "olora", "corda", "loftq", "lora_ga"];

    /// <exception cref="ConversionException">By name.</exception>
    public static void Refuse(JsonElement config)
    {
        var kind = config.Find("peft_type").Text() ?? "LORA";
        if (kind != "LORA" || config.Find("use_dora").Flag() == true)
        {
            throw Unsupported($"an adapter of the kind {(kind == "LORA" ? "DoRA" : kind)} cannot be converted", "LoRA can");
        }

        RefuseStart(config);
        if (config.Find("modules_to_save").Items().Select(static item => ((JsonElement?)item).Text()).OfType<string>().ToArray() is { Length: > 0 } saved)
        {
            throw Unsupported(
                $"the adapter replaces whole modules ({string.Join(", ", saved)}: modules_to_save), which an adapter in a GGUF cannot",
                "merge it with merge_and_unload() of PEFT, and convert the whole model"
            );
        }

        if (config.Find("bias").Text() is { } bias && bias != "none")
        {
            throw Unsupported(
                $"the adapter also trained biases (bias: {bias}), which an adapter in a GGUF cannot hold",
                "merge it with merge_and_unload() of PEFT"
            );
        }

        string[] others = ["layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens", "megatron_config"];
        if (Array.Find(others, name => config.Find(name) is { } value && !IsEmpty(value)) is { } other)
        {
            throw Unsupported($"the adapter uses {other}, which an adapter in a GGUF has no words for", "merge it with merge_and_unload() of PEFT");
        }
    }

    private static void RefuseStart(JsonElement config)
    {
        if (config.Find("init_lora_weights").Text() is not { } start || PlainStarts.Contains(start.ToLowerInvariant()))
        {
            return;
        }

        // pissa_niter_16 is PiSSA as well.
        var known = Array.Find(ChangedBases, name => start.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        throw Unsupported(
            known is null
                ? $"the adapter began as {start} (init_lora_weights), of which it is not known whether it changes the base"
                : $"the adapter began as {start} (init_lora_weights), which changes the base's weights: added to the base as it is, the result would be wrong",
            known == "loftq" || known is null
                ? "merge it into its own base with merge_and_unload() of PEFT, and convert the whole model"
                : "save it with path_initial_model_for_weight_conversion of PEFT's save_pretrained, which makes a plain adapter of it"
        );
    }

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.False => true,
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            JsonValueKind.String => value.GetString()!.Length == 0,
            _ => false,
        };

    private static ConversionException Unsupported(string message, string hint) => new(message, hint, isUnsupported: true);
}
