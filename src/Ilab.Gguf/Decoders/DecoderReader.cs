using Ilab.Gguf.Description;
using Ilab.Gguf.Families;

namespace Ilab.Gguf.Decoders;

/// <summary>Works out from a GGUF what its model computes.</summary>
public static class DecoderReader
{
    private const int UsualContext = 2048,
        MostLayers = 4096;

    /// <summary>Names of the families that can be trained.</summary>
    public static IEnumerable<string> Families =>
        FamilyList.All.Where(static family => family.Computation is not null).Select(static family => family.Architecture).Distinct(StringComparer.Ordinal);

    /// <param name="path">The first part of the model.</param>
    /// <param name="headers">Of all parts, the first one first.</param>
    /// <exception cref="UntrainableException">The model cannot be trained, with the reason.</exception>
    public static Decoder Read(string path, IReadOnlyList<GgufFile> headers) => Read(headers, () => File.OpenRead(path));

    /// <param name="open">Opens the first part.</param>
    /// <inheritdoc cref="Read(string, IReadOnlyList{GgufFile})"/>
    public static Decoder Read(IReadOnlyList<GgufFile> headers, Func<Stream> open)
    {
        var settings = new DecoderSettings(headers[0], open);
        var computation = ComputationOf(settings.Architecture);
        try
        {
            return Read(settings, new DecoderTensors(headers.SelectMany(static header => header.Tensors)), computation);
        }
        catch (UntrainableException exception) when (!exception.IsDamaged)
        {
            throw Refused(settings.Architecture, exception.Message);
        }
    }

    private static Computation ComputationOf(string architecture)
    {
        var family =
            FamilyList.All.FirstOrDefault(family => family.Architecture == architecture && family.Computation is not null)
            ?? FamilyList.OfArchitecture(architecture);
        return family?.Computation ?? throw Refused(architecture, family?.Untrained ?? "training does not know what it computes");
    }

    private static UntrainableException Refused(string architecture, string reason) =>
        new($"a model of the {architecture} family cannot be trained: {reason} (supported: {string.Join(", ", Families)})");

    private static Decoder Read(DecoderSettings settings, DecoderTensors tensors, Computation computation)
    {
        if (settings.Whole("expert_count") is > 0 && computation.Experts is null)
        {
            throw new UntrainableException("it is a mixture of experts of a form whose gradient is not implemented");
        }

        var (count, width) = (settings.Required("block_count"), settings.Required("embedding_length"));
        if (count > MostLayers)
        {
            throw new UntrainableException($"{settings.Architecture}.block_count says {count} layers", true);
        }

        tensors.Matrix("token_embd");
        var places = tensors.Weight("position_embd");
        if (places is not null && places.Shape[0] != (ulong)width)
        {
            throw new UntrainableException($"position_embd.weight has {places.Shape[0]} columns, and the model is {width} wide", true);
        }

        var length = settings.Whole("context_length") ?? UsualContext;
        if (computation.Chunk > 0 && !RotationReader.IsWhole(settings, computation))
        {
            length = Math.Min(length, computation.Chunk - 1);
        }

        var layers = new LayerReader(settings, tensors, computation);
        var decoder = new Decoder
        {
            Architecture = settings.Architecture,
            Width = width,
            ContextLength = places is { Shape: [_, var rows, ..] } ? (int)Math.Min((ulong)length, rows) : length,
            Norm = computation.Norm,
            Epsilon = settings.Float(computation.Epsilon, 1e-5),
            EmbeddingScale = computation.ScalesEmbedding ? MathF.Sqrt(width) : NonZero(settings.Float("embedding_scale", 1)),
            ResidualScale = NonZero(settings.Float("residual_scale", 1)),
            LogitScale = LogitScaleOf(settings, computation),
            LogitCap = settings.Float("final_logit_softcapping", 0),
            Places = places is null ? null : "position_embd",
            Temperature = TemperatureOf(settings),
            OutputNorm = new DecoderNorm(tensors.Weight("output_norm") is null ? Bare(computation) : "output_norm"),
            Head = tensors.Weight("output") is null ? "token_embd" : "output",
            Layers = [.. Enumerable.Range(0, count).Select(layers.Read)],
        };
        if (tensors.Unused.FirstOrDefault() is { } unknown)
        {
            throw new UntrainableException($"training does not know its weight {unknown}");
        }

        return decoder;
    }

    // Null, the name of a norm without weights, if the family has those.
    private static string? Bare(Computation computation) =>
        computation.NormsAreBare ? null : throw new UntrainableException("output_norm.weight is missing", true);

    private static float LogitScaleOf(DecoderSettings settings, Computation computation)
    {
        var said = settings.Float("logit_scale", 0);
        return said == 0 ? 1
            : computation.MultipliesLogits ? said
            : 1 / said;
    }

    private static Temperature? TemperatureOf(DecoderSettings settings)
    {
        var scale = settings.Float("attention.temperature_scale", 0);
        return scale == 0 ? null : new Temperature(scale, settings.Required("rope.scaling.original_context_length"));
    }

    private static float NonZero(float value) => value == 0 ? 1 : value;
}
