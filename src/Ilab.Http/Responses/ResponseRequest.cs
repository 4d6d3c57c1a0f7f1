using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;
using Ilab.Http.OpenAi;

namespace Ilab.Http.Responses;

/// <summary>A request for a response, read and checked.</summary>
/// <param name="Generation">Without the messages.</param>
/// <param name="Conversation">Without the messages.</param>
/// <param name="Items">What is said now.</param>
/// <param name="Previous">Id of the response that it continues; null = none.</param>
/// <param name="HasLogprobs">Whether log probabilities were asked for.</param>
/// <param name="Echo">The fields of the request that its response has, too.</param>
internal sealed record ResponseRequest(
    string Model,
    GenerationRequest Generation,
    Conversation Conversation,
    JsonArray Items,
    string Instructions,
    string? Previous,
    bool Stream,
    bool Stores,
    bool HasLogprobs,
    JsonObject Echo
)
{
    private const string Logprobs = "message.output_text.logprobs";
    private static readonly string[] Includes = [Logprobs, "reasoning.encrypted_content"]; // there are no items of the latter kind

    /// <exception cref="ProblemException">400, naming the field; 404: no model has such a name.</exception>
    public static ResponseRequest Read(JsonFields request, ModelNames models)
    {
        Refuse(request);
        var stream = request.Flag("stream") ?? false;
        if (request.Object("stream_options") is { } streaming)
        {
            streaming.Refuse("include_obfuscation", "streams are not padded", "false");
        }

        var include = request.TextOrTexts("include") ?? [];
        if (include.FirstOrDefault(static name => !Includes.Contains(name)) is { } other)
        {
            throw ProblemException.Invalid($"include {other} is not supported: there is nothing of the kind", "include");
        }

        var top = request.Integer("top_logprobs", 0, ChatRequest.MostLogprobs);
        var hasLogprobs = include.Contains(Logprobs) || top > 0;
        var isTruncated = request.Text("truncation") switch
        {
            null or "disabled" => false,
            "auto" => true,
            _ => throw request.Wrong("truncation", "auto or disabled"),
        };
        var (reasoning, tools, name) = (request.Object("reasoning"), ResponseTools.Read(request), request.RequiredText("model"));
        reasoning?.Refuse("summary", "what a model thinks is part of its answer here", "auto");
        var conversation = new Conversation
        {
            Messages = [],
            Tools = tools,
            Variables = ChatRequest.Variables(request, reasoning ?? request, reasoning is null ? "reasoning_effort" : "effort"),
            DropOldest = isTruncated,
        };
        var generation = new GenerationRequest
        {
            Model = models.Select(name),
            Sampling = SamplingReader.Read(request),
            MaxTokens = (int?)request.Integer("max_output_tokens", 1, int.MaxValue),
            Stop = SamplingReader.Stop(request),
            Logprobs = (int)(top ?? 0),
            EchoLogprobs = hasLogprobs,
        };
        return new ResponseRequest(
            name,
            generation,
            conversation,
            ItemReader.Read(request),
            request.Text("instructions") ?? "",
            request.Text("previous_response_id"),
            stream,
            request.Flag("store") ?? true,
            hasLogprobs,
            EchoOf(request)
        );
    }

    private static void Refuse(JsonFields request)
    {
        request.Refuse("background", "a response is made while its client waits; use a batch", "false");
        request.Refuse("conversation", "use previous_response_id");
        request.Refuse("prompt", "there are no stored prompts");
        request.Refuse("service_tier", "there is one tier", "auto", "default");
        request.Refuse("context_management", "use truncation");
        if (request.Object("text") is { } text)
        {
            text.Refuse("verbosity", "models here have no such setting", "medium");
            if (text.Object("format") is { } format && format.RequiredText("type") is var type && type != "text")
            {
                throw type is "json_object" or "json_schema"
                    ? ProblemException.Invalid($"text.format {type} is not supported: the answer cannot be forced into a format yet; use text", "text.format")
                    : format.Wrong("type", "text, json_object or json_schema");
            }
        }

        _ = (request.Text("user"), request.Text("safety_identifier"), request.Text("prompt_cache_key"), request.Integer("max_tool_calls", 1, int.MaxValue));
    }

    private static JsonObject EchoOf(JsonFields request) =>
        new()
        {
            ["instructions"] = request.Text("instructions"),
            ["max_output_tokens"] = Node(request, "max_output_tokens"),
            ["max_tool_calls"] = Node(request, "max_tool_calls"),
            ["parallel_tool_calls"] = request.Flag("parallel_tool_calls") ?? true,
            ["previous_response_id"] = request.Text("previous_response_id"),
            ["reasoning"] = Node(request, "reasoning") ?? new JsonObject { ["effort"] = null, ["summary"] = null },
            ["store"] = request.Flag("store") ?? true,
            ["temperature"] = Node(request, "temperature"),
            ["text"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "text" } },
            ["tool_choice"] = Node(request, "tool_choice") ?? "auto",
            ["tools"] = Node(request, "tools") ?? new JsonArray(),
            ["top_logprobs"] = Node(request, "top_logprobs") ?? 0,
            ["top_p"] = Node(request, "top_p"),
            ["truncation"] = request.Text("truncation") ?? "disabled",
            ["user"] = request.Text("user"),
            ["metadata"] = JsonSerializer.SerializeToNode(Notes.Read(request)),
        };

    private static JsonNode? Node(JsonFields request, string name) => request.Value(name) is { } value ? JsonNode.Parse(value.GetRawText()) : null;
}
