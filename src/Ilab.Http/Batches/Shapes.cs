using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Http.Calls;

namespace Ilab.Http.Batches;

/// <summary>Times are seconds since 1970.</summary>
internal sealed record FileObject(
    string Id,
    string Object,
    long Bytes,
    long CreatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? ExpiresAt,
    string Filename,
    string Purpose,
    string Status
);

internal sealed record Deleted(string Id, string Object, [property: JsonPropertyName("deleted")] bool IsDeleted);

/// <summary>Times are seconds since 1970.</summary>
internal sealed record BatchObject
{
    public required string Id { get; init; }

    public string Object { get; } = "batch";

    public required string Endpoint { get; init; }

    public BatchErrors? Errors { get; init; }

    public required string InputFileId { get; init; }

    public required string CompletionWindow { get; init; }

    public required string Status { get; init; }

    public string? OutputFileId { get; init; }

    public string? ErrorFileId { get; init; }

    public required long CreatedAt { get; init; }

    public long? InProgressAt { get; init; }

    public long? ExpiresAt { get; init; }

    public long? FinalizingAt { get; init; }

    public long? CompletedAt { get; init; }

    public long? FailedAt { get; init; }

    public long? ExpiredAt { get; init; }

    public long? CancellingAt { get; init; }

    public long? CancelledAt { get; init; }

    public required RequestCounts RequestCounts { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

internal sealed record RequestCounts(int Total, int Completed, int Failed);

internal sealed record BatchErrors(string Object, IReadOnlyList<BatchError> Data);

internal sealed record BatchError(string Code, string Message, string? Param, int? Line);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FileObject))]
[JsonSerializable(typeof(Deleted))]
[JsonSerializable(typeof(Page<FileObject>))]
[JsonSerializable(typeof(BatchObject))]
[JsonSerializable(typeof(Page<BatchObject>))]
internal sealed partial class BatchesJson : JsonSerializerContext
{
    /// <summary>Leaves letters beyond ASCII as they are.</summary>
    public static BatchesJson Relaxed { get; } =
        new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
