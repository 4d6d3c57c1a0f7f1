using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Generation;

/// <summary>
/// An event of a generation. Queued and loading events have offset 0; events from the runner are numbered from 1, and attaching takes the next number to
/// receive.
/// </summary>
public abstract record GenerationEvent(ulong Offset);

/// <summary>The request is queued. <paramref name="Position"/> 1 is next; <paramref name="Reason"/> is one line for display.</summary>
public sealed record GenerationQueued(ulong Offset, int Position, string Reason) : GenerationEvent(Offset);

/// <summary>The model is being loaded for this request.</summary>
public sealed record GenerationLoading(LoadProgress Progress) : GenerationEvent(0);

/// <summary>The prompt is tokenized and scheduled.</summary>
public sealed record GenerationStarted(
    ulong Offset,
    string GenerationId,
    string ModelDigest,
    string ModelName,
    int PromptTokens,
    int ContextLength,
    ulong Seed,
    string Template,
    string Warning,
    int LeftOut = 0
) : GenerationEvent(Offset)
{
    /// <summary>Whether the prompt ends with the tag that begins a thought: the text begins inside it.</summary>
    public bool Thinks { get; init; }
}

/// <summary>New text: complete characters only.</summary>
public sealed record GenerationDelta(ulong Offset, string Text, int TokenCount, IReadOnlyList<TokenLogprob> Tokens) : GenerationEvent(Offset);

/// <summary>The generation has ended; no events follow.</summary>
public sealed record GenerationFinished(ulong Offset) : GenerationEvent(Offset)
{
    public required FinishReason Reason { get; init; }

    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    /// <summary>Prompt tokens reused from the KV cache.</summary>
    public int CachedPromptTokens { get; init; }

    /// <summary>Guessed tokens that were computed together with the token before them.</summary>
    public int GuessedTokens { get; init; }

    /// <summary>Guessed tokens that were right.</summary>
    public int AcceptedTokens { get; init; }

    public TimeSpan PromptTime { get; init; }

    public TimeSpan DecodeTime { get; init; }

    /// <summary>Time until the model accepted the request; zero if it was loaded.</summary>
    public TimeSpan LoadTime { get; init; }

    public ulong Seed { get; init; }

    /// <summary>The stop string that matched; empty if none.</summary>
    public string Stop { get; init; } = "";

    /// <summary>Tokens of prompt and answer, without those of a stop string; empty unless the request asks for them.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];
}

public enum FinishReason
{
    /// <summary>End-of-generation token or stop string.</summary>
    Stop = 1,

    /// <summary>Token limit reached or context full.</summary>
    Length = 2,

    Cancelled = 3,
}

/// <summary>A token with its log probability. <paramref name="Piece"/> may hold part of a character.</summary>
public sealed record TokenLogprob(int Token, ReadOnlyMemory<byte> Piece, float Logprob, IReadOnlyList<TokenLogprob> Top);

/// <summary>Load progress: phase <c>starting</c>, <c>loading</c> or <c>ready</c>, fraction 0 to 1, and the model in phase <c>ready</c>.</summary>
public sealed record LoadProgress(string Phase, float Fraction, LoadedModel? Model = null)
{
    /// <summary>A one-line warning, sent once: a GPU is present but not used.</summary>
    public string Warning { get; init; } = "";
}

/// <summary>The tokens of a text and the bytes of each token.</summary>
public sealed record TokenizedText(IReadOnlyList<int> Tokens, IReadOnlyList<ReadOnlyMemory<byte>> Pieces);

/// <summary>A rendered conversation.</summary>
/// <param name="Template">Chat template in use: <c>model</c>; <c>plain</c> = role prefixes; empty = the text is completed as it is.</param>
/// <param name="Warning">What was used instead of the model's template; empty = nothing.</param>
/// <param name="Tokens">Empty if not asked for.</param>
public sealed record RenderedPrompt(string Text, string Template, string Warning, TokenizedText Tokens);
