using Ilab.Gguf.Families;

namespace Ilab.Gguf.Decoders;

/// <summary>Which matrices the engine applies adapters to.</summary>
public static class EngineAdapters
{
    /// <summary>What makes queries and the short vector of latent attention: the engine multiplies by these matrices as they are.</summary>
    private static readonly string[] OfLatent = ["attn_q", "attn_q_a", "attn_q_b", "attn_kv_a_mqa"];

    /// <summary>Names in the layers of matrices whose adapters the engine passes over without a word.</summary>
    public static IReadOnlyList<string> PassedOver(string architecture) =>
        FamilyList.OfArchitecture(architecture)?.Computation is { IsLatent: true } ? OfLatent : [];
}
