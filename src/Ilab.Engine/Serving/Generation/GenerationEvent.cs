using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Generation;

/// <summary>Something that happened to a generation, in order. Queued and loading events have offset 0; what the runner says
/// is numbered from 1, and attaching takes the next number wanted.</summary>
public abstract record GenerationEvent(ulong Offset);

/// <summary>The request waits. <paramref name="Position"/> 1 is next; <paramref name="Reason"/> is one line for people.</summary>
public sealed record GenerationQueued(ulong Offset, int Position, string Reason) : GenerationEvent(Offset);

/// <summary>The model is being loaded for this request.</summary>
public sealed record GenerationLoading(LoadProgress Progress) : GenerationEvent(0);

/// <summary>The prompt is tokenized and has its place in the context.</summary>
public sealed record GenerationStarted(
    ulong Offset,
    string GenerationId,
    string ModelDigest,
    string ModelName,
    int PromptTokens,
    int ContextLength,
    ulong Seed,
    string Template,
    string Warning
) : GenerationEvent(Offset);

/// <summary>New text: whole characters only.</summary>
public sealed record GenerationDelta(ulong Offset, string Text, int TokenCount, IReadOnlyList<TokenLogprob> Tokens) : GenerationEvent(Offset);

/// <summary>The end; nothing follows.</summary>
public sealed record GenerationFinished(ulong Offset) : GenerationEvent(Offset)
{
    public required FinishReason Reason { get; init; }

    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    /// <summary>Prompt tokens that were in the KV cache already.</summary>
    public int CachedPromptTokens { get; init; }

    public TimeSpan PromptTime { get; init; }

    public TimeSpan DecodeTime { get; init; }

    /// <summary>From the request until the model could take it; zero when it was loaded already.</summary>
    public TimeSpan LoadTime { get; init; }

    public ulong Seed { get; init; }

    /// <summary>The stop string that ended it; empty otherwise.</summary>
    public string Stop { get; init; } = "";
}

public enum FinishReason
{
    /// <summary>End-of-generation token or stop string.</summary>
    Stop = 1,

    /// <summary>Token limit or context reached.</summary>
    Length = 2,

    Cancelled = 3,
}

/// <summary>A token with its natural-logarithm probability. <paramref name="Piece"/> may hold part of a character.</summary>
public sealed record TokenLogprob(int Token, ReadOnlyMemory<byte> Piece, float Logprob, IReadOnlyList<TokenLogprob> Top);

/// <summary>How far a load is: phase <c>starting</c>, <c>loading</c> or <c>ready</c>, fraction 0 to 1, and the model with <c>ready</c>.</summary>
public sealed record LoadProgress(string Phase, float Fraction, LoadedModel? Model = null)
{
    /// <summary>Something to say once, in one line: a GPU that is there and not used.</summary>
    public string Warning { get; init; } = "";
}

/// <summary>The tokens of a text and the bytes of each.</summary>
public sealed record TokenizedText(IReadOnlyList<int> Tokens, IReadOnlyList<ReadOnlyMemory<byte>> Pieces);
