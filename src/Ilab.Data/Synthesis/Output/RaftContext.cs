using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ilab.Data.Synthesis.Output;

/// <summary>
/// Prepends documents to the question, as in retrieval-augmented fine-tuning (RAFT): some records include the golden document, others only distractors, so that
/// the model learns both to find an answer and to know it.
/// </summary>
/// <param name="documents">Number of different documents.</param>
/// <param name="read">Reads a document.</param>
/// <param name="golden">Fraction of records that include the golden document, 0 to 1.</param>
/// <param name="count">Documents per record, if available.</param>
internal sealed class RaftContext(int documents, Func<int, string> read, double golden, int count, ulong seed)
{
    // With this many candidates per document, rejection sampling is faster than shuffling all.
    private const int Plenty = 8;

    private static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StableRandom _random = new(seed);

    /// <summary>The document that a record is about: <c>sdg_document</c> in its metadata.</summary>
    public static string? DocumentOf(JsonNode record)
    {
        var metadata = Metadata(record);
        return metadata?["sdg_document"] is JsonValue value && value.TryGetValue<string>(out var document) && document.Length > 0 ? document : null;
    }

    /// <returns>The record unchanged if it has no document or no user message.</returns>
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
        metadata["dataset"] =
            $"{metadata["dataset"]?.GetValue<string>() ?? "document_knowledge_qa"}_raft_p{golden.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        record["metadata"] = metadata.ToJsonString(Writing);
        return record.ToJsonString(Writing);
    }

    private List<string> Pick(string own)
    {
        var hasOwn = _random.Fraction() < golden;
        var picked = Others(own, hasOwn ? count - 1 : count);
        if (hasOwn || picked.Count == 0)
        {
            picked.Add(own);
        }

        _random.Shuffle(picked);
        return picked;
    }

    private List<string> Others(string own, int wanted)
    {
        if (documents <= Plenty * count)
        {
            var all = Enumerable.Range(0, documents).Select(read).Where(document => document != own).ToList();
            _random.Shuffle(all);
            return [.. all.Take(wanted)];
        }

        var drawn = new HashSet<int>();
        var others = new List<string>();
        while (others.Count < wanted)
        {
            var index = _random.Below(documents);
            if (drawn.Add(index) && read(index) is var document && document != own)
            {
                others.Add(document);
            }
        }

        return others;
    }

    private static JsonObject? Metadata(JsonNode record) =>
        record["metadata"] switch
        {
            JsonValue value when value.TryGetValue<string>(out var text) && text.TrimStart().StartsWith('{') => JsonNode.Parse(text) as JsonObject,
            JsonObject metadata => (JsonObject)metadata.DeepClone(),
            _ => null,
        };
}
