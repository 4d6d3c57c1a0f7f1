using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Serving.Inference;

/// <summary>A generation request. Omitted values are null, or empty: the model's own defaults count then, else those of the public API.</summary>
public sealed record GenerationRequest
{
    /// <summary>The model; see <see cref="ModelSelection"/>.</summary>
    public required ModelSelection Model { get; init; }

    /// <summary>Raw prompt. Exactly one of this, <see cref="PromptTokens"/> and <see cref="Conversation"/> is set.</summary>
    public string? Prompt { get; init; }

    /// <summary>Token ids, completed as they are: no begin-of-text token is added.</summary>
    public IReadOnlyList<int>? PromptTokens { get; init; }

    /// <summary>A conversation to render with the model's chat template.</summary>
    public Conversation? Conversation { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>As <see cref="Sampling"/>, where neither that nor the model says anything; what this leaves open is that of the public API.</summary>
    public SamplingOptions UsualSampling { get; init; } = SamplingOptions.Usual;

    /// <summary>Maximum tokens to generate; 0 = until the model stops or the context is full; null = the model's default.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>As <see cref="MaxTokens"/>, if that is null and the model has no default.</summary>
    public int UsualMaxTokens { get; init; }

    /// <summary>Stop strings, not included in the output; none = those of the model.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Number of top log probabilities per token; 0 = none.</summary>
    public int Logprobs { get; init; }

    /// <summary>Report the log probability of the sampled token even if <see cref="Logprobs"/> is 0.</summary>
    public bool EchoLogprobs { get; init; }

    /// <summary>Whether <see cref="Generation.GenerationFinished.Tokens"/> is asked for.</summary>
    public bool ReturnTokens { get; init; }

    /// <summary>Told once how many tokens prompt and answer had, when the generation has ended, whether or not anybody has read it to its end.</summary>
    public Action<int> Used { get; init; } = static _ => { };

    /// <summary>Who goes first when requests wait for the model.</summary>
    public GenerationPriority Priority { get; init; }

    /// <summary>How to load the model, and how long to keep it.</summary>
    public LoadSettings Load { get; init; } = new();

    /// <summary>Chosen by the caller for later reference (up to 64 letters, digits, <c>-</c>, <c>_</c>); empty = generated.</summary>
    public string GenerationId { get; init; } = "";
}

/// <summary>Who goes first when requests wait for one model; smaller values do.</summary>
public enum GenerationPriority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive = 0,

    /// <summary>Nobody waits for the single answer: a quarter of the places is left to interactive requests.</summary>
    Batch = 1,

    /// <summary>Generating training data.</summary>
    Synthesis = 2,
}

/// <summary>What the model's chat template renders.</summary>
public sealed record Conversation
{
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Definitions of tools, a JSON list; empty = none.</summary>
    public string Tools { get; init; } = "";

    /// <summary>Documents to answer from, a JSON list; empty = none.</summary>
    public string Documents { get; init; } = "";

    /// <summary>Further variables of the template, a JSON object; empty = none.</summary>
    public string Variables { get; init; } = "";

    /// <summary>Whether the answer continues the last message.</summary>
    public bool ContinueLast { get; init; }

    /// <summary>Whether the oldest messages are left out if they do not fit the context; system messages at the beginning stay.</summary>
    public bool DropOldest { get; init; }

    /// <summary>
    /// Tokens of an earlier prompt and its answer, after which the messages come; empty = none. The model's own instructions and first turns are taken to be
    /// among them.
    /// </summary>
    public IReadOnlyList<int> Before { get; init; } = [];

    /// <summary>How many messages at the beginning stay nevertheless: those that belong to the model.</summary>
    public int KeepFirst { get; init; }
}

/// <summary>One message of a conversation.</summary>
/// <param name="Fields">Further keys as a JSON object, which may replace role and content; empty = none.</param>
public sealed record ChatMessage(string Role, string Content, string Fields = "");
