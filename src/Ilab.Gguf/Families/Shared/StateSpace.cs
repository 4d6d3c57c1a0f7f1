using Ilab.Gguf.Description;

namespace Ilab.Gguf.Families.Shared;

/// <summary>The mixer of Mamba 2, alone or in hybrids. The family has the measures <c>inner</c> and <c>channels</c> (of the convolution).</summary>
internal static class StateSpace
{
    /// <summary>What configs of hybrids say of their mixers, from the settings of a GGUF.</summary>
    public static IReadOnlyList<ConfigRule> Config { get; } =
    [
        Back.Length("mamba_n_heads", "ssm.time_step_rank"),
        Back.Length("mamba_n_groups", "ssm.group_count"),
        Back.Length("mamba_d_state", "ssm.state_size"),
        Back.Length("mamba_d_conv", "ssm.conv_kernel"),
        Back.Of("mamba_d_head", static source => source.Required("ssm.inner_size") / Math.Max(1, source.Required("ssm.time_step_rank"))),
        Back.Of("mamba_expand", static source => source.Required("ssm.inner_size") / Math.Max(1, source.Required("embedding_length"))),
        Back.Of("mamba_conv_bias", static source => Enumerable.Range(0, source.Layers).Any(layer => source.Has($"blk.{layer}.ssm_conv1d.bias"))),
        Back.Fixed("mamba_proj_bias", false),
    ];

    /// <param name="path">Where the mixer's tensors are in a layer.</param>
    /// <param name="heads">Measure: heads.</param>
    /// <param name="groups">Measure: groups of heads that share B and C.</param>
    /// <param name="kernel">Measure: length of the convolution.</param>
    /// <param name="isNormed">Whether there is a norm before the projection out.</param>
    public static IEnumerable<TensorRule> Mixer(string path, string heads, string groups, string kernel, bool isNormed = true)
    {
        yield return Tensor.Of($"{path}.A_log", "ssm_a", heads, new NegativeExponential(), new Reshape(heads, "1"));
        yield return Tensor.Of($"{path}.D", "ssm_d", heads, new Reshape(heads, "1"));
        yield return Tensor.Of($"{path}.dt_bias", "ssm_dt.bias", heads);
        yield return Tensor.Matrix($"{path}.conv1d", "ssm_conv1d", $"channels 1 {kernel}", new Reshape("channels", kernel));
        yield return Tensor.Of($"{path}.conv1d.bias", "ssm_conv1d.bias", "channels").Optional();
        yield return Tensor.Matrix($"{path}.in_proj", "ssm_in", $"inner+channels+{heads} hidden");
        yield return Tensor.Matrix($"{path}.out_proj", "ssm_out", "hidden inner");
        var norm = Tensor.Norm($"{path}.norm", "ssm_norm", "inner", new Reshape(groups, $"inner/{groups}"));
        yield return isNormed ? norm : norm.Optional();
    }
}
