using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>How one embedding is made of those of a text's tokens.</summary>
public enum EmbeddingPooling
{
    /// <summary>What the model says; the mean, if it says nothing.</summary>
    OfModel,
    Mean,

    /// <summary>That of the first token.</summary>
    First,

    /// <summary>That of the last token.</summary>
    Last,

    /// <summary>One embedding for each token.</summary>
    None,

    /// <summary>The scores of a classifier, for a text and a document.</summary>
    Rank,
}

/// <param name="Tokens">Instead of the text, if not empty: complete with special tokens.</param>
/// <param name="Document">With <see cref="EmbeddingPooling.Rank"/>: the document whose relevance for the text is asked.</param>
public sealed record EmbeddingInput(string Text, IReadOnlyList<int> Tokens, string Document = "");

/// <summary>A request for embeddings.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>Most inputs of one request.</summary>
    public const int MostInputs = 2048;

    public required ModelSelection Model { get; init; }

    public required IReadOnlyList<EmbeddingInput> Inputs { get; init; }

    public EmbeddingPooling Pooling { get; init; }

    /// <summary>Not normalized to length 1.</summary>
    public bool IsRaw { get; init; }

    /// <summary>Only the first of each embedding; 0 = all.</summary>
    public int Dimensions { get; init; }

    /// <summary>Cuts inputs that are longer than the context instead of refusing them.</summary>
    public bool Truncates { get; init; }

    public LoadSettings Load { get; init; } = new();
}

/// <param name="Values">Without pooling those of all tokens, one after another.</param>
/// <param name="Tokens">Number of tokens of the input.</param>
public sealed record EmbeddedText(IReadOnlyList<float> Values, int Tokens);

/// <param name="Texts">In the order of the inputs.</param>
public sealed record Embeddings(IReadOnlyList<EmbeddedText> Texts, string ModelName, string ModelDigest);
