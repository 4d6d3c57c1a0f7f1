namespace Ilab.Native.Llama.Ggml.Kernels;

/// <summary>What a gate and a way up make together.</summary>
internal static class GatedUnit
{
    private const float Limit = 7,
        Steepness = 1.702f;

    /// <summary>silu(gate) * up.</summary>
    public static float Plain(float gate, float up) => gate / (1 + MathF.Exp(-gate)) * up;

    /// <summary>The same, with the derivatives.</summary>
    public static (float Value, float OfGate, float OfUp) PlainSlopes(float gate, float up)
    {
        var s = 1 / (1 + MathF.Exp(-gate));
        return (gate * s * up, up * s * (1 + (gate * (1 - s))), gate * s);
    }

    /// <summary>g * sigmoid(1.702 g) * (u + 1), where g is at most 7 and u between -7 and 7, with the derivatives.</summary>
    public static (float Value, float OfGate, float OfUp) Bound(float gate, float up)
    {
        var (g, u) = (MathF.Min(gate, Limit), Math.Clamp(up, -Limit, Limit));
        var s = 1 / (1 + MathF.Exp(-Steepness * g));
        return (g * s * (u + 1), gate < Limit ? (u + 1) * s * (1 + (Steepness * g * (1 - s))) : 0, MathF.Abs(up) < Limit ? g * s : 0);
    }
}
