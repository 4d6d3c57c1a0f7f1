using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>yarn without rounded bounds is nothing that a GGUF can say: whatever the family, who converts is told.</summary>
public sealed class TruncationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("LlamaForCausalLM", false)]
    [InlineData("Qwen3ForCausalLM", false)]
    [InlineData("Qwen3MoeForCausalLM", false)]
    [InlineData("Olmo3ForCausalLM", false)]
    [InlineData("SeedOssForCausalLM", false)]
    [InlineData("GptOssForCausalLM", false)]
    [InlineData("Qwen3ForCausalLM", true)]
    public void TheWarningIsGivenWhereTheConfigSaysIt(string className, bool rounds)
    {
        var flag = rounds ? "true" : "false";
        _ = new FamilyCheckpoint(
            _folder.Path,
            className,
            $$"""{"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64, "truncate": {{flag}} }, "rope_theta": 1e4}"""
        );
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(_folder.Path, static file => File.OpenHandle(file)), null);
        Assert.Equal(rounds ? 0 : 1, conversion.Warnings.Count(static warning => warning.Contains("truncate", StringComparison.Ordinal)));
    }

    public void Dispose() => _folder.Dispose();
}
