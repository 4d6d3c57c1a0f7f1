using Ilab.Gguf;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Who trains a model that cannot be trained is told what stands in the way.</summary>
public sealed class TrainableFamiliesTests
{
    [Theory]
    [InlineData("gemma3", false, "GELU")]
    [InlineData("qwen3moe", true, "mixture of experts")]
    [InlineData("llama", true, "mixture of experts")]
    [InlineData("rwkv7", false, "recurrent")]
    [InlineData("nobody-knows", false, "does not support")]
    public void TheFamilyAndTheReasonAreNamed(string family, bool hasExperts, string reason)
    {
        var error = Assert.Throws<RunnerException>(() => TrainableFamilies.Require(family, hasExperts));

        Assert.Equal("UNSUPPORTED", error.Kind);
        Assert.Contains($"a model of the {family} family", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWeightThatWouldBeLeftOutIsNamed()
    {
        TrainableFamilies.RequireKnown("llama", [Named("token_embd.weight"), Named("blk.3.attn_q.bias"), Named("blk.3.ffn_norm.weight")]);
        var error = Assert.Throws<RunnerException>(() => TrainableFamilies.RequireKnown("llama", [Named("blk.3.post_ffw_norm.weight")]));

        Assert.Contains("blk.3.post_ffw_norm.weight", error.Message, StringComparison.Ordinal);
    }

    private static GgufTensor Named(string name) => new(name, GgmlType.F32, [1], 0, 4);
}
