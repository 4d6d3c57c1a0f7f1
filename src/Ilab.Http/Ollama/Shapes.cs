using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Http.Ollama;

internal sealed record ErrorAnswer(string Error);

internal sealed record VersionAnswer(string Version);

internal sealed record StatusLine(string Status);

internal sealed record EmbedAnswer(string Model, IReadOnlyList<float[]> Embeddings, long TotalDuration, int PromptEvalCount);

/// <summary>What there is of the cloud: nothing.</summary>
internal sealed record StatusAnswer(CloudStatus Cloud);

internal sealed record CloudStatus(bool Disabled, string Source);

internal sealed record EmbeddingAnswer(float[] Embedding);

/// <summary>A piece of an answer, or a whole one. Durations are nanoseconds.</summary>
internal sealed record OllamaAnswer
{
    public required string Model { get; init; }

    public required string CreatedAt { get; init; }

    /// <summary>The text of <c>/api/generate</c>; null in a chat.</summary>
    public string? Response { get; init; }

    /// <summary>What the model thinks, of <c>/api/generate</c>; null = nothing, or it is not told from its answer.</summary>
    public string? Thinking { get; init; }

    public AnswerMessage? Message { get; init; }

    public required bool Done { get; init; }

    public string? DoneReason { get; init; }

    public IReadOnlyList<AnswerToken>? Logprobs { get; init; }

    /// <summary>Tokens of prompt and answer, of <c>/api/generate</c>, for a request that goes on from there.</summary>
    public IReadOnlyList<int>? Context { get; init; }

    [JsonPropertyName("_debug_info")]
    public DebugInfo? DebugInfo { get; init; }

    public long? TotalDuration { get; init; }

    public long? LoadDuration { get; init; }

    public int? PromptEvalCount { get; init; }

    public long? PromptEvalDuration { get; init; }

    public int? EvalCount { get; init; }

    public long? EvalDuration { get; init; }
}

/// <param name="Thinking">As in a piece of an answer.</param>
internal sealed record AnswerMessage(string Role, string Content, string? Thinking = null);

internal sealed record DebugInfo(string RenderedTemplate);

internal sealed record AnswerToken(string Token, float Logprob, IReadOnlyList<int> Bytes, IReadOnlyList<AnswerToken>? TopLogprobs);

internal sealed record ModelEntries<T>(IReadOnlyList<T> Models);

/// <summary>A stored model.</summary>
internal sealed record ListedModel(string Name, string Model, string ModifiedAt, long Size, string Digest, Details Details);

/// <summary>A loaded model; sizes in bytes.</summary>
internal sealed record RunningModel(string Name, string Model, long Size, string Digest, Details Details, string ExpiresAt, long SizeVram, int ContextLength);

internal sealed record Details(
    string ParentModel,
    string Format,
    string Family,
    IReadOnlyList<string> Families,
    string ParameterSize,
    string QuantizationLevel,
    int? ContextLength = null
);

internal sealed record ShowAnswer
{
    public string? License { get; init; }

    public required string Modelfile { get; init; }

    public string? Parameters { get; init; }

    public string? Template { get; init; }

    public string? System { get; init; }

    public required Details Details { get; init; }

    public IReadOnlyList<AnswerMessage>? Messages { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> ModelInfo { get; init; }

    public IReadOnlyList<ShownTensor>? Tensors { get; init; }

    public required IReadOnlyList<string> Capabilities { get; init; }

    public required string ModifiedAt { get; init; }
}

internal sealed record ShownTensor(string Name, string Type, IReadOnlyList<ulong> Shape);
