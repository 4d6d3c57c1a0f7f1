using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Http.Anthropic;

internal sealed record ErrorAnswer(string Type, ErrorObject Error, string RequestId);

internal sealed record ErrorObject(string Type, string Message);

internal sealed record MessageAnswer(
    string Id,
    string Type,
    string Role,
    string Model,
    IReadOnlyList<TextBlock> Content,
    string? StopReason,
    string? StopSequence,
    Usage Usage
);

/// <param name="Type"><c>text</c>, or <c>text_delta</c> for a piece of one.</param>
internal sealed record TextBlock(string Type, string Text);

internal sealed record Usage(int InputTokens, int OutputTokens, int CacheCreationInputTokens, int CacheReadInputTokens);

internal sealed record TokenCount(int InputTokens);

internal sealed record MessageStart(string Type, MessageAnswer Message);

internal sealed record BlockStart(string Type, int Index, TextBlock ContentBlock);

internal sealed record BlockDelta(string Type, int Index, TextBlock Delta);

internal sealed record BlockStop(string Type, int Index);

internal sealed record MessageDelta(string Type, EndDelta Delta, OutputUsage Usage);

/// <summary>An event without fields.</summary>
internal sealed record PlainEvent(string Type);

internal sealed record EndDelta(string StopReason, string? StopSequence);

internal sealed record OutputUsage(int OutputTokens);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(TokenCount))]
[JsonSerializable(typeof(MessageStart))]
[JsonSerializable(typeof(BlockStart))]
[JsonSerializable(typeof(BlockDelta))]
[JsonSerializable(typeof(BlockStop))]
[JsonSerializable(typeof(MessageDelta))]
[JsonSerializable(typeof(PlainEvent))]
internal sealed partial class AnthropicJson : JsonSerializerContext
{
    /// <summary>Leaves letters beyond ASCII as they are.</summary>
    public static AnthropicJson Relaxed { get; } =
        new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
