namespace Ilab.Gguf.Conversion;

/// <summary>A model's measures as GGUF metadata, and back.</summary>
public static class ShapeMetadata
{
    private const string NoArchitecture = "the GGUF does not say its architecture";

    public static void Write(ModelShape shape, GgufWriter writer)
    {
        var prefix = shape.Family.Architecture;
        writer
            .Add($"{prefix}.block_count", (uint)shape.Layers)
            .Add($"{prefix}.context_length", (uint)shape.ContextLength)
            .Add($"{prefix}.embedding_length", (uint)shape.Embedding)
            .Add($"{prefix}.feed_forward_length", (uint)shape.FeedForward)
            .Add($"{prefix}.attention.head_count", (uint)shape.Heads)
            .Add($"{prefix}.attention.head_count_kv", (uint)shape.KvHeads)
            .Add($"{prefix}.rope.freq_base", (float)shape.RopeBase)
            .Add($"{prefix}.attention.layer_norm_rms_epsilon", (float)shape.RmsEpsilon)
            .Add($"{prefix}.rope.dimension_count", (uint)shape.HeadDimension)
            .Add($"{prefix}.vocab_size", (uint)shape.Vocabulary);
        if (shape.HasOwnHeadDimension)
        {
            writer.Add($"{prefix}.attention.key_length", (uint)shape.HeadDimension).Add($"{prefix}.attention.value_length", (uint)shape.HeadDimension);
        }

        // llama3's scaling is a tensor, not metadata.
        if (shape.RopeScaling is { Kind: "linear" or "yarn" } scaling)
        {
            writer.Add($"{prefix}.rope.scaling.type", scaling.Kind).Add($"{prefix}.rope.scaling.factor", (float)scaling.Factor);
            if (scaling.Kind == "yarn")
            {
                writer.Add($"{prefix}.rope.scaling.original_context_length", (uint)scaling.OriginalContext);
            }
        }

        if (shape.Granite is { } granite)
        {
            writer
                .Add($"{prefix}.attention.scale", (float)granite.Attention)
                .Add($"{prefix}.embedding_scale", (float)granite.Embedding)
                .Add($"{prefix}.residual_scale", (float)granite.Residual)
                .Add($"{prefix}.logit_scale", (float)granite.Logits);
        }
    }

    /// <exception cref="ConversionException">Not of a family that can be converted, or measures are missing.</exception>
    public static ModelShape Read(GgufFile file)
    {
        var prefix = file.GetString("general.architecture") ?? throw new ConversionException(NoArchitecture);
        var family = ModelFamily.OfArchitecture(prefix);
        var missing = new List<string>();
        int Of(string key, int? otherwise = null)
        {
            if (file.GetUnsigned($"{prefix}.{key}") is { } value and <= int.MaxValue)
            {
                return (int)value;
            }

            if (otherwise is null)
            {
                missing.Add($"{prefix}.{key}");
            }

            return otherwise ?? 0;
        }

        double Real(string key, double otherwise) => file.Metadata.GetValueOrDefault($"{prefix}.{key}")?.Value is float value ? value : otherwise;
        var embedding =
            file.Tensors.FirstOrDefault(static tensor => tensor.Name == "token_embd.weight")
            ?? throw new ConversionException("the GGUF has no token_embd.weight", "only whole models can be converted, not adapters or parts");
        var heads = Of("attention.head_count");
        var length = Of("embedding_length");
        if (Of("expert_count", 0) > 0)
        {
            throw new ConversionException("a model with experts cannot be converted", "dense models can", isUnsupported: true);
        }

        var shape = new ModelShape
        {
            Family = family,
            Embedding = length,
            FeedForward = Of("feed_forward_length"),
            Layers = Of("block_count"),
            Heads = heads,
            KvHeads = Of("attention.head_count_kv", heads),
            HeadDimension = Of("attention.key_length", heads > 0 ? length / heads : 0),
            Vocabulary = checked((int)embedding.Shape[^1]),
            ContextLength = Of("context_length", 2048),
            RmsEpsilon = Real("attention.layer_norm_rms_epsilon", 1e-5),
            RopeBase = Real("rope.freq_base", 10_000),
            RopeScaling = file.GetString($"{prefix}.rope.scaling.type") is "linear" or "yarn"
                ? new RopeScaling(file.GetString($"{prefix}.rope.scaling.type")!, Real("rope.scaling.factor", 1), Of("rope.scaling.original_context_length", 0))
                : null,
            TiesEmbedding = !file.Tensors.Any(static tensor => tensor.Name == "output.weight"),
            Granite = family.IsGranite
                ? new GraniteScales(Real("attention.scale", 0), Real("embedding_scale", 1), Real("residual_scale", 1), Real("logit_scale", 1))
                : null,
        };
        return missing.Count == 0 ? shape : throw new ConversionException($"the GGUF lacks {ConversionException.Join(missing)}");
    }
}
