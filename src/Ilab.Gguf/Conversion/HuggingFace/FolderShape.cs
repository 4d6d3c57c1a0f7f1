using Ilab.Gguf.Conversion.HuggingFace.Packed;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>The measures of a Hugging Face folder, from its config and the headers of its weights: those of the GGUF that it would be converted to.</summary>
/// <param name="Architecture">As in the header of a GGUF.</param>
/// <param name="Type">Of its matrices.</param>
/// <param name="Parameters">Numbers of all weights; a head that is the embedding counts once.</param>
/// <param name="Bytes">Of all weights.</param>
/// <param name="HasOwnHead">Whether the output matrix is another one than the embedding.</param>
public sealed record FolderShape(string Architecture, GgmlType Type, ulong Parameters, long Bytes, bool HasOwnHead)
{
    private static readonly string[] ContextKeys = ["max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length"];

    public int Layers { get; private init; }

    public int Hidden { get; private init; }

    public int FeedForward { get; private init; }

    public int Heads { get; private init; }

    public int KeyHeads { get; private init; }

    public int HeadLength { get; private init; }

    public int Vocabulary { get; private init; }

    /// <summary>0 = it does not say.</summary>
    public int Context { get; private init; }

    /// <exception cref="ConversionException">It is no folder that can be converted.</exception>
    public static FolderShape Read(SourceFolder folder)
    {
        var model = HuggingFaceConfig.Read(folder);
        var shards = ShardSet.Open(folder);
        PackedWeights.Unpack(folder, model.Config, shards);
        UsualNames.Give(folder, model, shards);
        var (embedding, head) = (UsualNames.SourceOf(model.Family, "token_embd.weight"), UsualNames.SourceOf(model.Family, "output.weight"));
        var hasHead = head is not null && shards.Find(head) is not null;
        var isTied = model.TiesEmbedding && hasHead && embedding is not null && shards.Find(embedding) is not null;
        var type = (embedding is null ? null : shards.Find(embedding)?.Type) switch
        {
            SafetensorsType.BF16 => GgmlType.BF16,
            SafetensorsType.F16 => GgmlType.F16,
            _ => GgmlType.F32,
        };
        var (parameters, bytes) = (0UL, 0L);
        foreach (var tensor in shards.Tensors.Where(tensor => !isTied || tensor.Name != head))
        {
            var elements = tensor.Shape.Aggregate(1L, static (product, length) => product * length);
            parameters += (ulong)elements;
            bytes += elements * (tensor.Shape.Count > 1 && type != GgmlType.F32 ? sizeof(short) : sizeof(float));
        }

        int Of(string measure) => (int)Math.Min(model.Measures.Find(measure) ?? 0, int.MaxValue);
        return new FolderShape(model.Family.Architecture, type, parameters, bytes, hasHead && !isTied)
        {
            Layers = model.Layers,
            Hidden = Of("hidden"),
            FeedForward = Of("ff"),
            Heads = Of("heads"),
            KeyHeads = Of("kv"),
            HeadLength = Of("head"),
            Vocabulary = Of("vocab"),
            Context = (int)Math.Clamp(model.Config.Whole(ContextKeys) ?? 0, 0, int.MaxValue),
        };
    }
}
