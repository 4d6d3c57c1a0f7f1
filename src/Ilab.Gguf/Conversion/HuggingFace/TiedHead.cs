using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>A head that is the embedding, or is said to be: what is there is looked at, where the config says something else.</summary>
internal sealed class TiedHead
{
    private readonly string? _embedding;
    private readonly string? _head;

    private TiedHead(string? embedding, string? head) => (_embedding, _head) = (embedding, head);

    /// <summary>Whether no head is written.</summary>
    public bool LeavesOut { get; private init; }

    private bool IsSavedAsHead { get; init; }

    public static TiedHead Look(SourceFolder folder, FamilyModel model, ShardSet shards)
    {
        var embedding = UsualNames.SourceOf(model.Family, "token_embd.weight");
        var head = UsualNames.SourceOf(model.Family, "output.weight");
        var rows = embedding is null ? null : shards.Find(embedding);
        if (rows is { Shape: [var count and > 0 and <= Measures.Largest, _] } && model.Measures.Find("vocab") is { } said && count != said)
        {
            folder.Warn($"{HuggingFaceConfig.FileName} says that the model has {said} tokens (vocab_size), its embedding has {count} rows: these count");
            model.Measures.Set("vocab", count);
        }

        if (!model.TiesEmbedding || head is null || shards.Find(head) is null)
        {
            return new TiedHead(embedding, head);
        }

        if (rows is null)
        {
            // A tied pair is saved once, under either name.
            return new TiedHead(embedding, head) { LeavesOut = true, IsSavedAsHead = true };
        }

        if (IsSame(shards, embedding!, head))
        {
            return new TiedHead(embedding, head) { LeavesOut = true };
        }

        folder.Warn(
            $"{HuggingFaceConfig.FileName} says that {head} is the embedding (tie_word_embeddings), but the weights have another one: the model keeps its own head"
        );
        return new TiedHead(embedding, head);
    }

    /// <summary>The entry, with the name under which a tied pair was saved.</summary>
    public TensorEntry Replace(TensorEntry entry) =>
        IsSavedAsHead && entry.Sources is [var name] && name == _embedding ? entry with { Sources = [_head!] } : entry;

    private static bool IsSame(ShardSet shards, string embedding, string head) =>
        shards.Find(embedding)!.Shape.SequenceEqual(shards.Find(head)!.Shape) && RowComparison.AreEqual(shards.Rows(embedding), shards.Rows(head));
}
