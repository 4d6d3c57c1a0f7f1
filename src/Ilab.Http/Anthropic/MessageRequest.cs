using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.Anthropic;

/// <summary>A request for a message, or for the number of its tokens, read and checked.</summary>
/// <param name="Model">As asked for.</param>
internal sealed record MessageRequest(string Model, GenerationRequest Generation, bool Stream)
{
    private const int MostStops = 16;

    /// <param name="isCounted">The tokens of the request are to be counted: there is no answer to limit.</param>
    /// <exception cref="ProblemException">400, naming the field; 404: no model has such a name.</exception>
    public static MessageRequest Read(JsonFields request, ModelNames models, bool isCounted)
    {
        var messages = ContentReader.Read(request);
        var variables = Thinking(request);
        Refuse(request);
        var conversation = new Conversation
        {
            Messages = messages,
            Tools = Tools(request),
            Variables = variables,
            ContinueLast = messages[^1] is { Role: "assistant" }, // the answer goes on from there
        };
        var tokens = request.Integer("max_tokens", 1, int.MaxValue);
        var name = request.RequiredText("model");
        var generation = new GenerationRequest
        {
            Model = models.Select(name),
            Conversation = conversation,
            MaxTokens = (int?)(tokens ?? (isCounted ? null : throw request.Missing("max_tokens", "an integer of at least 1"))),
            Stop = Stop(request),
            Sampling = new SamplingOptions
            {
                Temperature = (float?)request.Number("temperature", 0, 1),
                TopP = (float?)request.Number("top_p", 0, 1),
                TopK = (int?)request.Integer("top_k", 0, int.MaxValue),
            },
        };
        return new MessageRequest(name, generation, request.Flag("stream") ?? false);
    }

    private static IReadOnlyList<string> Stop(JsonFields request)
    {
        var stops = request.List("stop_sequences") is null ? [] : request.TextOrTexts("stop_sequences")!;
        return stops.Count > MostStops ? throw request.Wrong("stop_sequences", $"a list of at most {MostStops} strings")
            : stops.Contains("") ? throw request.Wrong("stop_sequences", "without empty strings: they would end every answer")
            : stops;
    }

    /// <summary>The tools as templates expect them; empty = none.</summary>
    private static string Tools(JsonFields request)
    {
        var tools = new JsonArray();
        foreach (var tool in request.Objects("tools") ?? [])
        {
            tool.Refuse("type", "only tools of the client can be called", "custom");
            var schema = tool.Object("input_schema") ?? throw tool.Missing("input_schema", "an object");
            var function = new JsonObject { ["name"] = tool.RequiredText("name"), ["parameters"] = JsonNode.Parse(schema.Element.GetRawText()) };
            if (tool.Text("description") is { } description)
            {
                function["description"] = description;
            }

            tools.Add((JsonNode)new JsonObject { ["type"] = "function", ["function"] = function });
        }

        return MayCall(request) && tools.Count > 0 ? tools.ToJsonString() : "";
    }

    private static bool MayCall(JsonFields request) =>
        request.Object("tool_choice") is not { } choice
        || choice.RequiredText("type") switch
        {
            "auto" => true,
            "none" => false,
            "any" or "tool" => throw ProblemException.Invalid(
                "this tool_choice is not supported: the answer cannot be forced into a format yet; use auto or none",
                "tool_choice"
            ),
            _ => throw choice.Wrong("type", "auto, any, tool or none"),
        };

    private static string Thinking(JsonFields request) =>
        request.Object("thinking") is not { } thinking ? ""
        : thinking.RequiredText("type") == "disabled" ? """{"enable_thinking":false}"""
        : throw ProblemException.Invalid("thinking is not supported: what a model thinks is part of its answer here", "thinking");

    private static void Refuse(JsonFields request)
    {
        request.Refuse("mcp_servers", "tools are called by the client", "[]");
        request.Refuse("container", "there are no containers here");
        request.Refuse("output_format", "the answer cannot be forced into a format yet");
        request.Refuse("output_config", "the answer cannot be forced into a format yet");
        request.Refuse("service_tier", "there is one tier", "auto", "standard_only");
        _ = request.Object("metadata");
    }
}
