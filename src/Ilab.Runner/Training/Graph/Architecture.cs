using Ilab.Gguf;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>The dimensions of a dense transformer of the Llama family, from GGUF metadata.</summary>
internal sealed record Architecture
{
    public required string Name { get; init; }

    public required int Layers { get; init; }

    public required int Embedding { get; init; }

    public required int Heads { get; init; }

    /// <summary>Key/value heads; each serves <see cref="Group"/> query heads.</summary>
    public required int KeyHeads { get; init; }

    public required int HeadSize { get; init; }

    public required int FeedForward { get; init; }

    public required float Epsilon { get; init; }

    /// <summary>In tokens; limited to a sliding window, if there is one, within which attention is standard.</summary>
    public int ContextLength { get; init; }

    public int RopeDimensions { get; init; }

    /// <summary>Rotates (i, i + n/2) instead of adjacent pairs.</summary>
    public bool IsNeoX { get; init; }

    public float RopeBase { get; init; } = 10000;

    public float RopeScale { get; init; } = 1;

    public float AttentionScale { get; init; }

    public float EmbeddingScale { get; init; } = 1;

    public float ResidualScale { get; init; } = 1;

    /// <summary>Factor of the logits.</summary>
    public float LogitScale { get; init; } = 1;

    public int Group => Heads / KeyHeads;

    /// <exception cref="RunnerException">UNSUPPORTED: a gradient is not implemented; INVALID_MODEL: inconsistent dimensions.</exception>
    public static Architecture Read(GgufFile file)
    {
        var name = file.GetString("general.architecture") ?? throw new RunnerException(RunnerErrors.InvalidModel, "general.architecture is missing");
        var isNeoX = TrainableFamilies.Require(name, file.GetUnsigned($"{name}.expert_count") is > 0);
        var scaling = file.GetString($"{name}.rope.scaling.type") ?? "none";
        if (scaling is not ("none" or "linear"))
        {
            throw new RunnerException(RunnerErrors.Unsupported, $"training does not support RoPE scaling of type {scaling}");
        }

        int heads = Number("attention.head_count"),
            embedding = Number("embedding_length");
        var keyHeads = Optional("attention.head_count_kv") ?? heads;
        var headSize = Optional("attention.key_length") ?? embedding / Math.Max(heads, 1);
        if (
            heads <= 0
            || keyHeads <= 0
            || heads % keyHeads != 0
            || headSize <= 0
            || headSize % 2 != 0
            || (Optional("attention.value_length") ?? headSize) != headSize
        )
        {
            throw new RunnerException(
                RunnerErrors.InvalidModel,
                $"inconsistent attention shape: {heads} heads, {keyHeads} key/value heads, head size {headSize}"
            );
        }

        var attention = Float("attention.scale", 0);
        var logits = Float("logit_scale", 0);
        return new Architecture
        {
            Name = name,
            Layers = Number("block_count"),
            Embedding = embedding,
            Heads = heads,
            KeyHeads = keyHeads,
            HeadSize = headSize,
            FeedForward = Number("feed_forward_length"),
            Epsilon = Float("attention.layer_norm_rms_epsilon", 1e-5f),
            ContextLength = Math.Min(Optional("context_length") ?? 2048, Optional("attention.sliding_window") is { } window and > 0 ? window : int.MaxValue),
            RopeDimensions = Optional("rope.dimension_count") ?? headSize,
            IsNeoX = isNeoX,
            RopeBase = Float("rope.freq_base", 10000),
            RopeScale = scaling == "linear" ? 1 / Float("rope.scaling.factor", 1) : 1,
            AttentionScale = attention > 0 ? attention : 1 / MathF.Sqrt(headSize),
            EmbeddingScale = NonZero(Float("embedding_scale", 1)),
            ResidualScale = NonZero(Float("residual_scale", 1)),
            LogitScale = logits > 0 ? 1 / logits : 1,
        };

        int? Optional(string key) => file.GetUnsigned($"{name}.{key}") is { } value and <= int.MaxValue ? (int)value : null;

        int Number(string key) => Optional(key) is { } value and > 0 ? value : throw new RunnerException(RunnerErrors.InvalidModel, $"{name}.{key} is missing");

        float Float(string key, float otherwise) =>
            file.Metadata.GetValueOrDefault($"{name}.{key}")?.Value switch
            {
                float value => value,
                double value => (float)value,
                _ => otherwise,
            };

        static float NonZero(float value) => value == 0 ? 1 : value;
    }
}
