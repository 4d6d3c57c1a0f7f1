using Ilab.Gguf.Conversion.Values;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Holds the tensors of a folder against its config: what is there is looked at, where the config says something else.</summary>
internal static class TensorMatch
{
    private const string Embedding = "model.embed_tokens.weight",
        Head = "lm_head.weight";

    /// <summary>The shape with the vocabulary and the tied head that the weights have.</summary>
    public static ModelShape Fit(SourceFolder folder, ModelShape shape, ShardSet shards)
    {
        if (shards.Find(Embedding) is { Shape: [var rows and > 0 and <= int.MaxValue, _] } && rows != shape.Vocabulary)
        {
            folder.Warn(
                $"{HuggingFaceConfig.FileName} says that the model has {shape.Vocabulary} tokens (vocab_size), its embedding has {rows} rows: these count"
            );
            shape = shape with { Vocabulary = (int)rows };
        }

        if (!shape.TiesEmbedding || shards.Find(Head) is null || shards.Find(Embedding) is null || IsSame(shards))
        {
            return shape;
        }

        folder.Warn(
            $"{HuggingFaceConfig.FileName} says that {Head} is the embedding (tie_word_embeddings), but the weights have another one: the model keeps its own head"
        );
        return shape with { TiesEmbedding = false };
    }

    /// <summary>The tensors that are there, in the order of the file to be.</summary>
    /// <exception cref="ConversionException">All that is wrong with the tensors, at once.</exception>
    public static List<TensorName> Check(ModelShape shape, ShardSet shards)
    {
        var problems = new List<string>();
        var present = new List<TensorName>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in TensorNames.Of(shape).Select(name => Replace(shape, shards, name)))
        {
            known.Add(name.HuggingFace);
            if (shards.Find(name.HuggingFace) is not { } tensor)
            {
                if (name.IsRequired)
                {
                    problems.Add($"{name.HuggingFace} is missing");
                }
            }
            else if (!tensor.Shape.SequenceEqual(name.Shape))
            {
                problems.Add($"{name.HuggingFace} has the shape [{string.Join(", ", tensor.Shape)}], the config wants [{string.Join(", ", name.Shape)}]");
            }
            else if (name.Gguf != "output.weight" || !shape.TiesEmbedding)
            {
                present.Add(name);
            }
        }

        problems.AddRange(
            shards
                .Names.Where(name => !known.Contains(name) && !TensorNames.IsComputed(name))
                .Order(StringComparer.Ordinal)
                .Select(static name => $"{name} is not a tensor of this family")
        );
        return problems.Count == 0 ? present : throw new ConversionException(ConversionException.Join(problems), Hint(shards, problems));
    }

    // A tied pair is saved once, under either name.
    private static TensorName Replace(ModelShape shape, ShardSet shards, TensorName name) =>
        name.HuggingFace == Embedding && shape.TiesEmbedding && shards.Find(Embedding) is null && shards.Find(Head) is not null
            ? name with
            {
                HuggingFace = Head,
            }
            : name;

    private static string Hint(ShardSet shards, List<string> problems) =>
        shards.Find("tok_embeddings.weight") is not null
            ? "the weights are in the layout of the model's makers, not of Hugging Face: get the folder with model.safetensors"
        : problems is [Head + " is missing"] ? "if the head is the embedding, set tie_word_embeddings to true in config.json"
        : "check that config.json and the weights are of the same model";

    private static bool IsSame(ShardSet shards)
    {
        var (embedding, head) = (shards.Find(Embedding)!, shards.Find(Head)!);
        return embedding.Shape.SequenceEqual(head.Shape) && RowComparison.AreEqual(shards.Rows(Embedding), shards.Rows(Head));
    }
}
