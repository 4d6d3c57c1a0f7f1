using Ilab.Engine.Errors;
using Ilab.Gguf;

namespace Ilab.Engine.Store.Catalog;

/// <summary>What a model is for, where that is not to write text: told from its header, before anything is loaded.</summary>
public static class ModelPurpose
{
    public const string Encoder = "encoder",
        Embedding = "embedding model",
        Classifier = "classifier",
        Adapter = "adapter",
        Projector = "projector",
        Vocoder = "vocoder";

    private const ulong NoPooling = 0,
        RankPooling = 4;

    /// <summary>Architectures that never predict a next token.</summary>
    private static readonly Dictionary<string, string> Architectures = new(StringComparer.Ordinal)
    {
        ["bert"] = Encoder,
        ["modern-bert"] = Encoder,
        ["nomic-bert"] = Encoder,
        ["nomic-bert-moe"] = Encoder,
        ["neo-bert"] = Encoder,
        ["jina-bert-v2"] = Encoder,
        ["jina-bert-v3"] = Encoder,
        ["eurobert"] = Encoder,
        ["t5encoder"] = Encoder,
        ["gemma-embedding"] = Embedding,
        ["llama-embed"] = Embedding,
        ["clip"] = Projector,
        ["wavtokenizer-dec"] = Vocoder,
    };

    /// <summary>Null = it writes text.</summary>
    public static string? Of(GgufFile file, string architecture) =>
        file.GetString("general.type") switch
        {
            "adapter" => Adapter,
            "mmproj" => Projector,
            _ => Architectures.GetValueOrDefault(architecture) ?? OfMetadata(file, architecture),
        };

    /// <summary>The purpose in a summary; those of earlier versions do not say it.</summary>
    public static string? Of(ModelSummary summary) => summary.Purpose ?? Architectures.GetValueOrDefault(summary.Architecture);

    /// <param name="embeds">Whether it is to make embeddings instead of text: any model that reads text can.</param>
    /// <exception cref="EngineException">CANNOT_LOAD: it cannot do that, or not with this engine.</exception>
    public static void Require(bool embeds, string name, ModelSummary summary)
    {
        if (embeds)
        {
            RequireEmbedding(name, summary);
        }
        else
        {
            RequireGeneration(name, summary);
        }
    }

    /// <exception cref="EngineException">CANNOT_LOAD: it cannot write text, or not with this engine.</exception>
    public static void RequireGeneration(string name, ModelSummary summary)
    {
        if (Of(summary) is { } purpose and not Adapter)
        {
            throw new EngineException(
                ErrorKind.CannotLoad,
                $"{name} is {Article(purpose)} {purpose} ({summary.Architecture}): it cannot generate text",
                "use a model that generates text; 'ilab model ls' lists the stored models"
            );
        }

        RequireModel(name, summary);
    }

    private static void RequireEmbedding(string name, ModelSummary summary)
    {
        if (Of(summary) is { } purpose and (Projector or Vocoder))
        {
            throw new EngineException(
                ErrorKind.CannotLoad,
                $"{name} is {Article(purpose)} {purpose} ({summary.Architecture}): it does not read text",
                "use an embedding model; 'ilab model ls' lists the stored models"
            );
        }

        RequireModel(name, summary);
    }

    private static void RequireModel(string name, ModelSummary summary)
    {
        if (Of(summary) == Adapter)
        {
            throw new EngineException(
                ErrorKind.CannotLoad,
                $"{name} is an adapter: it changes a model and is none by itself",
                "make a model of both: 'ilab model import' of a Modelfile with FROM the base and ADAPTER this file"
            );
        }

        if (!summary.CanRun)
        {
            throw new EngineException(
                ErrorKind.CannotLoad,
                $"{name} has the architecture '{summary.Architecture}', which this engine cannot run",
                "use a model of another architecture"
            );
        }
    }

    /// <summary>The indefinite article.</summary>
    public static string Article(string noun) => noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";

    private static string? OfMetadata(GgufFile file, string architecture)
    {
        var pooling = file.GetUnsigned($"{architecture}.pooling_type");
        return file.Metadata.GetValueOrDefault($"{architecture}.attention.causal")?.Value is false ? Encoder
            : pooling == RankPooling || file.Tensors.Any(static tensor => tensor.Name is "cls.output.weight" or "cls.weight") ? Classifier
            : pooling is not null and not NoPooling ? Embedding
            : null;
    }
}
