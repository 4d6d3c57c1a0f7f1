using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Responses;

/// <summary>Reads tools, which are flat here: templates expect them as chat completions have them.</summary>
internal static class ResponseTools
{
    /// <returns>A JSON list; empty = none.</returns>
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static string Read(JsonFields request)
    {
        _ = request.Flag("parallel_tool_calls");
        JsonNode[] tools = [.. (request.Objects("tools") ?? []).Select(Tool)];
        return MayCall(request) && tools.Length > 0 ? new JsonArray(tools).ToJsonString() : "";
    }

    private static JsonObject Tool(JsonFields tool)
    {
        if (tool.RequiredText("type") is var type && type != "function")
        {
            throw ProblemException.Invalid($"{tool.PathOf("type")} {type} is not supported: only functions of the caller are", tool.PathOf("type"));
        }

        var function = new JsonObject { ["name"] = tool.RequiredText("name") };
        if (tool.Text("description") is { } description)
        {
            function["description"] = description;
        }

        if (tool.Object("parameters") is { } parameters)
        {
            function["parameters"] = JsonNode.Parse(parameters.Element.GetRawText());
        }

        _ = tool.Flag("strict");
        return new JsonObject { ["type"] = "function", ["function"] = function };
    }

    private static bool MayCall(JsonFields request) =>
        request.Value("tool_choice") switch
        {
            null => true,
            { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("none") => false,
            { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("auto") => true,
            { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("required") => throw Unsupported(),
            { ValueKind: JsonValueKind.Object } => throw Unsupported(),
            _ => throw request.Wrong("tool_choice", "none, auto, required or an object"),
        };

    private static ProblemException Unsupported() =>
        ProblemException.Invalid("this tool_choice is not supported: the answer cannot be forced into a format yet; use auto or none", "tool_choice");
}
