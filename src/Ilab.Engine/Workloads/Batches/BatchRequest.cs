using System.Text.Json.Serialization;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Request of a job of kind <c>batch</c>; immutable.</summary>
public sealed record BatchRequest
{
    /// <summary>Digest of the blob with the lines.</summary>
    public required string Input { get; init; }

    /// <summary>Id of the uploaded file that the lines came from; empty = they came with the request.</summary>
    public string InputFile { get; set; } = "";

    /// <summary>What every line asks, such as <c>/v1/chat/completions</c>; empty = each line says it.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The model for lines that name none; empty = each must.</summary>
    public string Model { get; set; } = "";

    /// <summary>Fields of requests that have none of their own, a JSON object; empty = none.</summary>
    public string Defaults { get; set; } = "";

    /// <summary>Whether a result is its line with the answer added, rather than an answer in the shape of the API.</summary>
    public bool IsPlain { get; init; }

    /// <summary>By when the caller would like to have the answers, in the words of the API; empty = not said.</summary>
    public string Window { get; set; } = "";

    /// <summary>The caller's own notes.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();
}

/// <summary>One line of the input.</summary>
/// <param name="Index">From 0, of the lines that are not empty.</param>
/// <param name="Number">From 1, of all lines: for messages.</param>
/// <param name="Bytes">Without the end of the line.</param>
public sealed record BatchLine(int Index, int Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Why the lines of a batch cannot be worked on.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Code">For programs, such as <c>invalid_json_line</c>.</param>
/// <param name="Field">Null = none in particular.</param>
public sealed record BatchProblem(int Line, string Code, string Message, string? Field);

/// <summary>The result of a line.</summary>
/// <param name="IsError">Whether there is an error instead of an answer.</param>
/// <param name="Json">One line of JSON.</param>
public sealed record BatchResult(bool IsError, byte[] Json);

/// <summary>How far a batch is.</summary>
/// <param name="Total">Lines; 0 = not counted yet.</param>
/// <param name="Failed">Lines with an error instead of an answer.</param>
/// <param name="AnswerBytes">Length of all results with an answer, in bytes.</param>
/// <param name="ErrorBytes">Length of all others.</param>
public sealed record BatchCounts(int Total, int Completed, int Failed, long AnswerBytes, long ErrorBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchCounts))]
[JsonSerializable(typeof(IReadOnlyList<BatchProblem>))]
internal sealed partial class BatchJson : JsonSerializerContext;
