namespace Ilab.Jinja.Chat;

/// <summary>What a chat template renders. Values are as in <see cref="Values"/>.</summary>
public sealed record ChatInput
{
    /// <summary>Mappings with <c>role</c>, <c>content</c>, and what else templates know: <c>tool_calls</c>, <c>reasoning_content</c>, ...</summary>
    public required IReadOnlyList<object?> Messages { get; init; }

    /// <summary>Definitions of tools; null = none were given.</summary>
    public object? Tools { get; init; }

    /// <summary>Documents to answer from; null = none were given.</summary>
    public object? Documents { get; init; }

    /// <summary>Whether the prompt ends with the beginning of an answer.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Whether the prompt ends inside the last message, which the model goes on with.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>Special tokens by the name of their variable, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>Further variables of the template, such as <c>enable_thinking</c>.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>Source of <c>strftime_now</c>; null = the renderer's.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>
    /// Texts of control tokens that users, tools and documents cannot make: in what they say these are text. Applies to values and to keys of mappings; empty =
    /// everything may contain control tokens.
    /// </summary>
    public IReadOnlyCollection<string> ControlTokens { get; init; } = [];
}

/// <summary>A part of a prompt.</summary>
/// <param name="IsPlain">Whether control tokens in it are text: it is tokenized without special tokens.</param>
public readonly record struct ChatSegment(string Text, bool IsPlain);
