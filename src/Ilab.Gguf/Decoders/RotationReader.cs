using Ilab.Gguf.Description;

namespace Ilab.Gguf.Decoders;

/// <summary>How heads turn: the base, how it is stretched, and what differs in layers with a window.</summary>
internal sealed class RotationReader(DecoderSettings settings, DecoderTensors tensors, Computation computation)
{
    private const double UsualBase = 10_000;
    private const float MagnitudeOfScale = 0.1f;
    private static readonly string[] Kinds = ["none", "linear", "yarn", "longrope"];

    private readonly string _kind = settings.Text("rope.scaling.type") ?? "linear";
    private readonly string? _factors = Name(tensors, "rope_freqs"),
        _short = Name(tensors, "rope_factors_short"),
        _long = Name(tensors, "rope_factors_long");

    /// <param name="window">0 = none.</param>
    /// <returns>Null = the layer has no rotary positions.</returns>
    /// <exception cref="UntrainableException">Stretching of an unknown kind.</exception>
    public Rotation? Read(int layer, int head, int window)
    {
        if (!Kinds.Contains(_kind))
        {
            throw new UntrainableException($"its rotary positions are stretched in a way ({_kind}) that training does not know");
        }

        var hasWindow = window > 0;
        if (
            computation.Turning == Turning.None
            || (computation.RopeSkips > 0 && (layer + 1) % computation.RopeSkips == 0 && !IsWhole(settings, computation))
            || (computation.Windows is { OnlyWindowsTurn: true } windows && !hasWindow && !(windows.AllTurnWithout && !HasWindows))
        )
        {
            return null;
        }

        var whole = settings.Whole("rope.dimension_count", layer) ?? head;
        var dimensions = Math.Min(hasWindow ? settings.Whole("rope.dimension_count_swa") ?? whole : whole, head);
        if (dimensions % 2 != 0)
        {
            throw new UntrainableException($"{dimensions} values of each head turn, which are no pairs", true);
        }

        var start = settings.Number("rope.freq_base") ?? UsualBase;
        var isPlain = hasWindow && computation.Windows is { Stretches: false };
        var plain = new Rotation(
            dimensions,
            computation.Turning == Turning.Halves,
            (float)(hasWindow ? settings.Number("rope.freq_base_swa") ?? computation.Windows?.Base ?? start : start),
            isPlain ? null : _factors ?? _short,
            isPlain ? null : _factors ?? _long,
            settings.Whole("rope.scaling.original_context_length") ?? settings.Whole("context_length") ?? 0
        );
        return dimensions == 0 ? null
            : isPlain ? plain
            : Stretched(plain);
    }

    private bool HasWindows => settings.Whole("attention.sliding_window") is > 0;

    /// <summary>Whether a model of a family with pieces has none.</summary>
    public static bool IsWhole(DecoderSettings settings, Computation computation) => computation.Chunk > 0 && settings.Whole("attention.sliding_window") == 0;

    private Rotation Stretched(Rotation plain)
    {
        var magnitude = settings.Float("rope.scaling.attn_factor", 1);
        var factor = settings.Float("rope.scaling.factor", settings.Number("rope.scale_linear") ?? 0);
        var scale = factor > 0 && _kind != "none" ? 1 / factor : 1;
        if (_kind != "yarn")
        {
            return plain with { Scale = scale, Magnitude = magnitude };
        }

        // ggml multiplies by 1 + 0.1 ln(1 / scale) itself; what the model says is the whole factor.
        var own = MagnitudeOf(1 / scale, 1);
        var log = settings.Float("rope.scaling.yarn_log_multiplier", 0);
        var wanted =
            settings.Number("rope.scaling.yarn_attn_factor") is { } said ? (float)said
            : log > 0
                ? computation.IsLatent ? 1
                    : own / MagnitudeOf(1 / scale, log)
            : own;
        return plain with
        {
            Scale = scale,
            Extension = 1,
            Magnitude = wanted / own * magnitude,
            BetaFast = settings.Float("rope.scaling.yarn_beta_fast", 32),
            BetaSlow = settings.Float("rope.scaling.yarn_beta_slow", 1),
        };
    }

    private static float MagnitudeOf(float factor, float multiplier) => factor <= 1 ? 1 : (MagnitudeOfScale * multiplier * MathF.Log(factor)) + 1;

    private static string? Name(DecoderTensors tensors, string name) => tensors.Use(name + ".weight") is null ? null : name + ".weight";
}
