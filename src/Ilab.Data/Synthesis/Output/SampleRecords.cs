using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Data.Datasets;

namespace Ilab.Data.Synthesis.Output;

/// <summary>Formats samples as training records; each is one line of JSONL without terminator.</summary>
internal static class SampleRecords
{
    internal static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Serializes a record.</summary>
    public static string Write(JsonObject record) => record.ToJsonString(Writing);

    /// <summary>Question and answer only: knowledge to recall without a document.</summary>
    public static string Messages(GeneratedSample sample, string system)
    {
        var metadata = new JsonObject { ["leaf_node_path"] = sample.Leaf.Path, ["leaf_node_type"] = sample.Leaf.Kind };
        return Write(With(system, sample.Question, sample.Answer), metadata, isUnmasked: false);
    }

    public static string Test(string question, string answer, string path, string system) =>
        Write(With(system, question, answer), new JsonObject { ["leaf_node_path"] = path }, isUnmasked: false);

    public static string Legacy(string question, string answer, string system) =>
        new JsonObject
        {
            ["system"] = system,
            ["user"] = question,
            ["assistant"] = answer,
        }.ToJsonString(Writing);

    /// <summary>The document before the question, without a loss mask: the model learns the document, too.</summary>
    public static string WithDocument(GeneratedSample sample, string system) =>
        Write(With(system, $"{sample.Document}\n\n{sample.Question}", sample.Answer), DocumentMetadata(sample), isUnmasked: true);

    /// <summary>The question, with its document in the metadata, for adding context when mixing.</summary>
    public static string ForContext(GeneratedSample sample, string system) =>
        Write(With(system, sample.Question, sample.Answer), DocumentMetadata(sample), isUnmasked: false);

    /// <summary>The original document, an instruction, and the rewritten document.</summary>
    public static string Auxiliary(string document, string instruction, string rewritten, string kind, string domain, string system) =>
        Write(
            With(system, $"{document}\n\n{instruction}", rewritten),
            new JsonObject
            {
                ["sdg_document"] = document,
                ["domain"] = domain,
                ["dataset"] = "document_knowledge_qa",
                ["dataset_type"] = kind,
            },
            isUnmasked: true
        );

    private static JsonObject DocumentMetadata(GeneratedSample sample)
    {
        var metadata = new JsonObject
        {
            ["sdg_document"] = sample.Document,
            ["domain"] = sample.Row.Text("domain", ""),
            ["dataset"] = "document_knowledge_qa",
            ["leaf_node_path"] = sample.Leaf.Path,
        };
        if (sample.Row.Text("raw_document") is { } raw && sample.Row.Text("dataset_type") is { } type)
        {
            metadata["raw_document"] = raw;
            metadata["dataset_type"] = type;
        }

        return metadata;
    }

    private static List<RecordMessage> With(string system, string user, string assistant)
    {
        var messages = new List<RecordMessage> { new("user", user), new("assistant", assistant) };
        if (system.Length > 0)
        {
            messages.Insert(0, new RecordMessage("system", system));
        }

        return messages;
    }

    /// <summary>The metadata is a string, as in upstream records; the id is derived from the record, so that equal records have equal ids.</summary>
    private static string Write(List<RecordMessage> messages, JsonObject metadata, bool isUnmasked)
    {
        var record = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Select(static message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
            ["metadata"] = metadata.ToJsonString(Writing),
            ["unmask"] = isUnmasked,
        };
        var id = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(record.ToJsonString(Writing))).AsSpan(0, 16);
        record["id"] = new Guid(id).ToString();
        return record.ToJsonString(Writing);
    }
}
