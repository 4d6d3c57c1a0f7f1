using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>What a caller wants generated. Everything that was left out has its default already, except the seed.</summary>
public sealed record GenerationRequest
{
    /// <summary>The model; see <see cref="ModelSelection"/>.</summary>
    public required ModelSelection Model { get; init; }

    /// <summary>Text to complete as it stands. Exactly one of this and <see cref="Messages"/> is set.</summary>
    public string? Prompt { get; init; }

    /// <summary>A conversation for the model's chat template.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>New tokens at most; 0 = until the model stops or the context is full.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Generation ends before any of these.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Alternatives per token to report; 0 = none.</summary>
    public int Logprobs { get; init; }

    /// <summary>Report the chosen token's log-probability even when <see cref="Logprobs"/> is 0.</summary>
    public bool EchoLogprobs { get; init; }

    /// <summary>How the model is kept and loaded for this request.</summary>
    public LoadSettings Load { get; init; } = new();

    /// <summary>Made by the caller to find the generation again (up to 64 letters, digits, <c>-</c>, <c>_</c>); empty = made here.</summary>
    public string GenerationId { get; init; } = "";
}

/// <summary>One message of a conversation.</summary>
public sealed record ChatMessage(string Role, string Content);
