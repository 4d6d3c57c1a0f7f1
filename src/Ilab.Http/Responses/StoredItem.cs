using System.Text.Json.Nodes;

namespace Ilab.Http.Responses;

/// <summary>What is kept of an item: the fields that mean something here. Others may be of any size.</summary>
internal static class StoredItem
{
    private static readonly string[] OfMessage = ["id", "type", "status", "role", "content"];
    private static readonly string[] OfCall = ["id", "type", "status", "call_id", "name", "arguments"];
    private static readonly string[] OfOutput = ["id", "type", "status", "call_id", "output"];
    private static readonly string[] OfReasoning = ["id", "type", "status"];
    private static readonly string[] OfPart = ["type", "text", "refusal"];

    /// <param name="item">Checked.</param>
    public static JsonObject Of(JsonObject item)
    {
        var type = item["type"]?.ToString();
        var kept = Only(
            item,
            type switch
            {
                "function_call" => OfCall,
                "function_call_output" => OfOutput,
                "reasoning" => OfReasoning,
                _ => OfMessage,
            }
        );
        foreach (var name in (string[])["content", "output"])
        {
            if (kept[name] is JsonArray parts)
            {
                kept[name] = new JsonArray([.. parts.Select(static part => (JsonNode)PartOf(part!.AsObject()))]);
            }
        }

        if (type == "reasoning")
        {
            kept["summary"] = new JsonArray(); // what it thought is not used again
        }

        return kept;
    }

    private static JsonObject PartOf(JsonObject part)
    {
        var kept = Only(part, OfPart);
        if (part["type"]?.ToString() == "output_text")
        {
            kept["annotations"] = new JsonArray();
        }

        return kept;
    }

    private static JsonObject Only(JsonObject all, string[] names) =>
        new(names.Where(all.ContainsKey).Select(name => KeyValuePair.Create(name, all[name]?.DeepClone())));
}
