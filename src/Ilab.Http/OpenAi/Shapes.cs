using System.Text.Json.Serialization;

namespace Ilab.Http.OpenAi;

internal sealed record ErrorAnswer(ErrorObject Error);

internal sealed record ErrorObject(string Message, string Type, string? Param, string? Code);

internal sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

/// <param name="Created">Seconds since 1970.</param>
internal sealed record ModelObject(string Id, string Object, long Created, string OwnedBy);

internal sealed record Usage(int PromptTokens, int CompletionTokens, int TotalTokens, PromptTokensDetails PromptTokensDetails);

internal sealed record PromptTokensDetails(int CachedTokens);

/// <summary>An answer of chat completions, or a chunk of one.</summary>
internal sealed record ChatAnswer(
    string Id,
    string Object,
    long Created,
    string Model,
    string SystemFingerprint,
    IReadOnlyList<ChatChoice> Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage
);

internal sealed record ChatChoice(
    int Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatText? Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChatText? Delta,
    ChatLogprobs? Logprobs,
    string? FinishReason
);

internal sealed record ChatText(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content
);

internal sealed record ChatLogprobs(IReadOnlyList<ChatToken> Content);

internal sealed record ChatToken(
    string Token,
    float Logprob,
    IReadOnlyList<int> Bytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ChatToken>? TopLogprobs
);

/// <summary>An answer of completions, or a chunk of one.</summary>
internal sealed record TextAnswer(
    string Id,
    string Object,
    long Created,
    string Model,
    string SystemFingerprint,
    IReadOnlyList<TextChoice> Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Usage? Usage
);

internal sealed record TextChoice(string Text, int Index, TextLogprobs? Logprobs, string? FinishReason);

/// <param name="TextOffset">Where each token begins in the text, in characters.</param>
internal sealed record TextLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<float> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, float>>? TopLogprobs,
    IReadOnlyList<int> TextOffset
);
