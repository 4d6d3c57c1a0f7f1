using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilab.Engine.Generation.Output;

/// <summary>
/// Documents before the question, as in retrieval-augmented fine-tuning: in some records the right one is among them, in the others only wrong ones, so that the model
/// learns both to find an answer and to know it.
/// </summary>
internal sealed class RaftContext(IReadOnlyList<string> documents, double golden, int count, ulong seed)
{
    private static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StableRandom _random = new(seed);

    /// <summary>The document that a record is about: <c>sdg_document</c> of its metadata.</summary>
    public static string? DocumentOf(JsonNode record)
    {
        var metadata = Metadata(record);
        return metadata?["sdg_document"] is JsonValue value && value.TryGetValue<string>(out var document) && document.Length > 0 ? document : null;
    }

    /// <returns>The record as it is when it has no document, or no message of a user.</returns>
    public string Add(string line)
    {
        var record = JsonNode.Parse(line)!;
        var user = record["messages"]?.AsArray().FirstOrDefault(static message => message?["role"]?.GetValue<string>() == "user");
        if (DocumentOf(record) is not { } own || user is null)
        {
            return line;
        }

        var text = new StringBuilder();
        foreach (var document in Pick(own))
        {
            text.Append("Document:\n").Append(document).Append("\n\n\n");
        }

        user["content"] = $"{text}\n{user["content"]!.GetValue<string>()}";
        var metadata = Metadata(record)!;
        metadata["dataset"] = $"{metadata["dataset"]?.GetValue<string>() ?? "document_knowledge_qa"}_raft_p{golden.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        record["metadata"] = metadata.ToJsonString(Writing);
        return record.ToJsonString(Writing);
    }

    private List<string> Pick(string own)
    {
        var others = documents.Where(document => document != own).ToList();
        if (others.Count == 0)
        {
            return [own];
        }

        _random.Shuffle(others);
        var picked = _random.Fraction() < golden ? [.. others.Take(count - 1), own] : others.Take(count).ToList();
        _random.Shuffle(picked);
        return picked;
    }

    private static JsonObject? Metadata(JsonNode record) => record["metadata"] switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) && text.TrimStart().StartsWith('{') => JsonNode.Parse(text) as JsonObject,
        JsonObject metadata => (JsonObject)metadata.DeepClone(),
        _ => null,
    };
}
