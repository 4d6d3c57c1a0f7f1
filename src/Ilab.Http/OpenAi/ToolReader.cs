using System.Text.Json;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>Reads what a chat request says of tools and of the format of the answer.</summary>
internal static class ToolReader
{
    private const string Enforcement = "the answer cannot be forced into a format yet";

    /// <summary>The tools as the model's template gets them: a JSON list; empty = none.</summary>
    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static string Read(JsonFields request)
    {
        request.Refuse("functions", "use tools");
        request.Refuse("function_call", "use tool_choice");
        _ = request.Flag("parallel_tool_calls");
        RefuseFormats(request);
        var tools = request.Objects("tools") ?? [];
        foreach (var tool in tools)
        {
            Check(tool);
        }

        return MayCall(request, tools.Count > 0) && tools.Count > 0 ? request.Value("tools")!.Value.GetRawText() : "";
    }

    private static void Check(JsonFields tool)
    {
        if (tool.RequiredText("type") != "function")
        {
            throw tool.Wrong("type", "function");
        }

        var function = tool.Object("function") ?? throw tool.Missing("function", "an object");
        var name = function.RequiredText("name");
        if (name.Length is 0 or > 64 || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
        {
            throw function.Wrong("name", "1 to 64 letters, digits, '_' and '-'");
        }

        _ = (function.Text("description"), function.Object("parameters"), function.Flag("strict"));
    }

    /// <summary>Whether the model is told of the tools; a choice that has to be enforced is refused.</summary>
    private static bool MayCall(JsonFields request, bool hasTools)
    {
        switch (request.Value("tool_choice"))
        {
            case null:
                return true;
            case { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("none"):
                return false;
            case { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("auto"):
                return hasTools ? true : throw ProblemException.Invalid("tool_choice is only allowed with tools", "tool_choice");
            case { ValueKind: JsonValueKind.String } choice when choice.ValueEquals("required"):
            case { ValueKind: JsonValueKind.Object }:
                throw ProblemException.Invalid($"this tool_choice is not supported: {Enforcement}; use auto or none", "tool_choice");
            default:
                throw request.Wrong("tool_choice", "none, auto, required or an object");
        }
    }

    private static void RefuseFormats(JsonFields request)
    {
        if (request.Object("response_format") is { } format && format.RequiredText("type") is var type && type != "text")
        {
            throw type is "json_object" or "json_schema"
                ? ProblemException.Invalid($"response_format {type} is not supported: {Enforcement}; use text", "response_format")
                : format.Wrong("type", "text, json_object or json_schema");
        }
    }
}
