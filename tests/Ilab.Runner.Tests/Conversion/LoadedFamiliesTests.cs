using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>
/// The engine loads what conversion makes of families that the reference corpus has nothing of, and computes numbers with it: no setting and no tensor is
/// missing.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class LoadedFamiliesTests : IDisposable
{
    private static readonly int[] Tokens = [5, 17, 300, 42, 9];
    private readonly TemporaryFolder _folder = new();

    /// <summary>Classes, and what configs of them have that their class has no default for, or that the engine cannot do without.</summary>
    public static TheoryData<string, string> Classes() =>
        new()
        {
            { "SmolLM3ForCausalLM", "{}" },
            { "Gemma2ForCausalLM", """{"query_pre_attn_scalar": 16}""" },
            { "Olmo3ForCausalLM", """{"sliding_window": 4, "num_key_value_heads": 4}""" },
            { "Qwen3MoeForCausalLM", "{}" },
            { "GraniteMoeForCausalLM", "{}" },
            { "Glm4ForCausalLM", """{"partial_rotary_factor": 0.5}""" },
            { "Ernie4_5ForCausalLM", "{}" },
            { "InternLM2ForCausalLM", """{"num_key_value_heads": 2}""" },
            { "InternLM3ForCausalLM", """{"num_key_value_heads": 2}""" },
            { "LlavaForConditionalGeneration", "{}" },
            { "MiniCPMForCausalLM", """{"scale_emb": 12, "scale_depth": 1.4, "dim_model_base": 16, "num_key_value_heads": 2}""" },
            { "ExaoneForCausalLM", """{"num_key_value_heads": 2}""" },
            { "Exaone4ForCausalLM", """{"sliding_window": null}""" },
            { "HunYuanDenseV1ForCausalLM", """{"num_key_value_heads": 2, "head_dim": 16}""" },
            { "BaichuanForCausalLM", "{}" },
            { "XverseForCausalLM", "{}" },
            { "NemotronForCausalLM", """{"num_key_value_heads": 2}""" },
            { "OrionForCausalLM", "{}" },
            { "FalconForCausalLM", """{"num_attention_heads": 8, "num_kv_heads": 2, "new_decoder_architecture": true}""" },
            { "BloomForCausalLM", "{}" },
            { "MPTForCausalLM", "{}" },
            { "GPTBigCodeForCausalLM", """{"n_inner": 256}""" },
            { "Glm4MoeForCausalLM", """{"head_dim": 16}""" },
            { "PhiMoEForCausalLM", """{"attention_bias": true}""" },
            { "Qwen3VLMoeForConditionalGeneration", """{"head_dim": 16, "rope_scaling": {"rope_type": "default", "mrope_section": [4, 2, 2]}}""" },
            { "Qwen3_5MoeForCausalLM", """{"head_dim": 32, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 1, 1]}}""" },
            { "Qwen3NextForCausalLM", """{"head_dim": 32}""" },
            { "Lfm2ForCausalLM", """{"layer_types": ["conv", "full_attention", "conv", "full_attention"], "block_multiple_of": 16}""" },
            { "Lfm2MoeForCausalLM", """{"layer_types": ["conv", "full_attention", "conv", "full_attention"], "num_dense_layers": 1}""" },
            { "Dots1ForCausalLM", """{"head_dim": 16, "num_key_value_heads": 4}""" },
            { "RobertaModel", """{"max_position_embeddings": 130}""" },
            { "XLMRobertaModel", """{"max_position_embeddings": 130}""" },
            { "DistilBertModel", """{"max_position_embeddings": 128}""" },
        };

    [Theory]
    [MemberData(nameof(Classes))]
    public void TheEngineComputesWithIt(string className, string settings)
    {
        var checkpoint = new FamilyCheckpoint(
            _folder.Path,
            className,
            settings,
            entry => !entry.Rule.IsOptional || !entry.Target.EndsWith(".bias", StringComparison.Ordinal) || IsNeeded(className, entry.Target)
        );
        var file = checkpoint.Convert();
        var rows = checkpoint.Model.Family.IsEncoder ? NativeLogits.Embeddings(file, Tokens) : NativeLogits.Of(file, Tokens);
        Assert.All(rows, static row => Assert.All(row, static value => Assert.True(float.IsFinite(value))));
        Assert.True(rows[^1].Distinct().Count() > 1, "all numbers are the same");
    }

    public void Dispose() => _folder.Dispose();

    // The description has models without it, the engine has not.
    private static bool IsNeeded(string className, string target) =>
        className == "PhiMoEForCausalLM" || target.EndsWith("exp_probs_b.bias", StringComparison.Ordinal);
}
