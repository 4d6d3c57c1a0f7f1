using System.Text.Json;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families.Shared;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Families.Dense;

/// <summary>
/// Gemma 4: heads of layers with full attention are longer, and only a part of each turns, which a tensor of factors says. The smaller models add an embedding
/// per layer.
/// </summary>
internal static class Gemma4
{
    private const float NoTurn = 1e30f;
    private const string PerLayer = "hidden_size_per_layer_input",
        Full = "full_attention";

    public static Family Family { get; } =
        new()
        {
            Architecture = "gemma4",
            Classes = ["Gemma4ForCausalLM", "Gemma4ForConditionalGeneration"],
            ModelType = "gemma4_text",
            Defaults = """
                {"vocab_size": 262144, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 30, "num_attention_heads": 8,
                 "num_key_value_heads": 4, "head_dim": 256, "global_head_dim": 512, "max_position_embeddings": 131072, "rms_norm_eps": 1e-6,
                 "sliding_window": 512, "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 256, "vocab_size_per_layer_input": 262144,
                 "rope_parameters": {"full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1000000.0},
                 "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}, "tie_word_embeddings": true}
                """,
            Measures = new Dictionary<string, string>
            {
                ["fullhead"] = "global_head_dim | head_dim",
                ["perlayer"] = PerLayer,
                ["perlayervocab"] = "vocab_size_per_layer_input | vocab",
            },
            LayerMeasures = OfLayer,
            Metadata =
            [
                .. Decoder.Settings,
                Setting.Number("final_logit_softcapping", "final_logit_softcapping"),
                Setting.Whole("attention.sliding_window", "sliding_window"),
                Setting.Whole("attention.shared_kv_layers", "num_kv_shared_layers"),
                Setting.Of("embedding_length_per_layer_input", static config => (uint)(config.Whole(PerLayer) ?? 0)),
                Setting.Of("attention.sliding_window_pattern", static config => Array.ConvertAll(KindsOf(config), static kind => kind != Full)),
                Setting.Of("attention.key_length", static config => (uint)FullHead(config)),
                Setting.Of("attention.value_length", static config => (uint)FullHead(config)),
                Setting.Length("attention.key_length_swa", "head_dim"),
                Setting.Length("attention.value_length_swa", "head_dim"),
                Setting.Of("attention.head_count_kv", HeadsOfLayers),
                Setting.Of("feed_forward_length", LengthsOfLayers),
                Setting.Of("rope.dimension_count", static config => (uint)FullHead(config)),
                Setting.Length("rope.dimension_count_swa", "head_dim"),
            ],
            Tensors = [Tensor.Matrix("model.embed_tokens", "token_embd", "vocab hidden"), Tensor.Norm("model.norm", "output_norm"), .. PerLayerInputs],
            Back =
            [
                .. Gemma.Family.Back!,
                Back.Of("num_key_value_heads", static source => source.Required("attention.head_count_kv")),
                Back.Length("head_dim", "attention.key_length_swa"),
                Back.Length("global_head_dim", "attention.key_length"),
                Back.Length("sliding_window", "attention.sliding_window"),
                Back.Whole("num_kv_shared_layers", "attention.shared_kv_layers"),
                Back.Whole("hidden_size_per_layer_input", "embedding_length_per_layer_input"),
                Back.Number("final_logit_softcapping", "final_logit_softcapping"),
                Back.Of("layer_types", static source => Decoder.KindsOf(source, layer => IsSliding(source, layer))),
                Back.Of("attention_k_eq_v", static source => !source.Has($"blk.{source.Layers - 1}.attn_v.weight")),
                Back.Fixed("enable_moe_block", false),
                Back.Of("rope_scaling", static _ => null),
                Back.Of("rope_parameters", Rope),
            ],
            Computation = Gemma.Family.Computation! with
            {
                Windows = new WindowRule(6) { Base = 10_000 },
                AttentionScale = static _ => 1,
                NormsValues = true,
            },
            LayerTensors =
            [
                Tensor.Norm("input_layernorm", "attn_norm"),
                Tensor.Norm("post_attention_layernorm", "post_attention_norm"),
                Tensor.Norm("pre_feedforward_layernorm", "ffn_norm"),
                Tensor.Norm("post_feedforward_layernorm", "post_ffw_norm"),
                Tensor.Matrix("self_attn.q_proj", "attn_q", "q hidden"),
                Tensor.Matrix("self_attn.k_proj", "attn_k", "k hidden").Optional(),
                Tensor.Matrix("self_attn.v_proj", "attn_v", "k hidden").Optional(),
                Tensor.Matrix("self_attn.o_proj", "attn_output", "hidden q"),
                Tensor.Norm("self_attn.q_norm", "attn_q_norm", "head"),
                Tensor.Norm("self_attn.k_norm", "attn_k_norm", "head").Optional(),
                .. Decoder.GatedFeedForward,
                Tensor.Of("layer_scalar", "layer_output_scale.weight", "1").Optional(),
                .. PerLayerMixing,
            ],
            Computed = [new ComputedTensor("rope_freqs.weight", static (config, _) => Factors(config))],
            Ignored =
            [
                "lm_head.weight",
                "vision_tower.*",
                "audio_tower.*",
                "embed_vision.*",
                "embed_audio.*",
                "model.vision*",
                "model.audio*",
                "model.embed_vision*",
                "model.embed_audio*",
            ],
            Renames = [("language_model.", "")],
            Vocabulary = new VocabularyRules
            {
                Kind = VocabularyKind.CharacterPairs,
                SpacePrefix = false,
                AlwaysAdds = [("bos", true)],
            },
            Check = static config =>
                config.Flag("enable_moe_block") == true ? ["experts (enable_moe_block) of this family cannot be converted"]
                : config.Rope.Kind is null or "proportional" ? []
                : [$"rotary positions of the kind {config.Rope.Kind} are not of this family"],
        };

    private static IEnumerable<TensorRule> PerLayerInputs =>
        new[]
        {
            Tensor.Matrix("model.embed_tokens_per_layer", "per_layer_token_embd", "perlayervocab layers*perlayer"),
            Tensor.Matrix("model.per_layer_model_projection", "per_layer_model_proj", "layers*perlayer hidden"),
            Tensor.Norm("model.per_layer_projection_norm", "per_layer_proj_norm", "perlayer"),
        }.When(static (config, _) => config.Whole(PerLayer) > 0);

    private static IEnumerable<TensorRule> PerLayerMixing =>
        new[]
        {
            Tensor.Matrix("per_layer_input_gate", "inp_gate", "perlayer hidden"),
            Tensor.Matrix("per_layer_projection", "proj", "hidden perlayer"),
            Tensor.Norm("post_per_layer_input_norm", "post_norm"),
        }.When(static (config, _) => config.Whole(PerLayer) > 0);

    private static bool IsFull(ModelConfig config, int layer) => KindsOf(config) is var kinds && layer >= 0 && layer < kinds.Length && kinds[layer] == Full;

    // The last of six layers sees everything unless the config says the kinds, and the last of all in any case.
    private static string[] KindsOf(ModelConfig config)
    {
        var said = config.Texts("layer_types");
        var kinds =
            said.Length > 0
                ? said
                : Enumerable
                    .Range(1, (int)Math.Clamp(config.Whole("num_hidden_layers") ?? 0, 0, 4096))
                    .Select(static layer => layer % 6 == 0 ? Full : "sliding_attention")
                    .ToArray();
        if (kinds.Length > 0)
        {
            kinds[^1] = Full;
        }

        return kinds;
    }

    private static long? OfLayer(ModelConfig config, int layer, string name) =>
        name switch
        {
            "head" when IsFull(config, layer) => FullHead(config),
            "kv" when IsFull(config, layer) => FullHeads(config),
            "ff" when IsWide(config, layer) => 2 * config.Whole("intermediate_size"),
            _ => null,
        };

    private static bool IsWide(ModelConfig config, int layer) =>
        config.Flag("use_double_wide_mlp") == true && layer >= (config.Whole("num_hidden_layers") ?? 0) - (config.Whole("num_kv_shared_layers") ?? 0);

    private static long FullHead(ModelConfig config) =>
        config.FindSaid("global_head_dim").Int() ?? OfFullLayer(config, "head_dim") ?? config.Whole("global_head_dim") ?? 0;

    private static long? FullHeads(ModelConfig config) => config.Whole("num_global_key_value_heads") ?? OfFullLayer(config, "num_key_value_heads");

    private static long? OfFullLayer(ModelConfig config, string key)
    {
        if (config.Find("per_layer_config") is not { ValueKind: JsonValueKind.Object } layers)
        {
            return null;
        }

        return layers
            .EnumerateObject()
            .Where(entry => int.TryParse(entry.Name, out var layer) && IsFull(config, layer))
            .Select(entry => (long?)entry.Value.Find(key).Int())
            .FirstOrDefault(static value => value is not null);
    }

    private static object? HeadsOfLayers(ModelConfig config) =>
        FullHeads(config) is { } full && config.Whole("num_key_value_heads") is { } sliding
            ? Array.ConvertAll(KindsOf(config), kind => (int)(kind == Full ? full : sliding))
            : (uint?)config.Whole("num_key_value_heads");

    private static object? LengthsOfLayers(ModelConfig config) =>
        config.Flag("use_double_wide_mlp") == true
        && config.Whole("intermediate_size") is { } length
        && config.Whole("num_hidden_layers") is { } layers and < 4096
            ? Enumerable.Range(0, (int)layers).Select(layer => (int)(IsWide(config, layer) ? 2 * length : length)).ToArray()
            : (uint?)config.Whole("intermediate_size");

    private static float[]? Factors(ModelConfig config)
    {
        var (head, part) = (FullHead(config), config.Rope.PartialFactor ?? 0.25);
        var turning = (int)(head * part / 2);
        return head is <= 0 or > Measures.Largest || turning < 0 || turning > head / 2
            ? null
            : [.. Enumerable.Repeat(1f, turning), .. Enumerable.Repeat(NoTurn, (int)(head / 2) - turning)];
    }

    private static bool IsSliding(GgufSource source, int layer) =>
        source.Flags("attention.sliding_window_pattern") is { } flags && layer < flags.Length && flags[layer];

    private static Dictionary<string, object?> Rope(GgufSource source)
    {
        var factors = source.Floats("rope_freqs.weight") ?? [];
        return new Dictionary<string, object?>
        {
            ["full_attention"] = new Dictionary<string, object?>
            {
                ["rope_type"] = "proportional",
                ["rope_theta"] = source.Number("rope.freq_base") ?? 10_000,
                ["partial_rotary_factor"] = (decimal)factors.Count(static factor => factor == 1) / Math.Max(1, factors.Length),
            },
            ["sliding_attention"] = new Dictionary<string, object?>
            {
                ["rope_type"] = "default",
                ["rope_theta"] = source.Number("rope.freq_base_swa") ?? 10_000,
            },
        };
    }
}
