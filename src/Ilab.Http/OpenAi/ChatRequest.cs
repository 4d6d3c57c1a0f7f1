using System.Text.Json.Nodes;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>A request for chat completions, read and checked.</summary>
/// <param name="Model">As asked for.</param>
/// <param name="Generations">One for each choice.</param>
/// <param name="Logprobs">Alternatives for each token; null = no log probabilities.</param>
internal sealed record ChatRequest(string Model, IReadOnlyList<GenerationRequest> Generations, bool Stream, bool IncludeUsage, int? Logprobs) : IAnswerRequest
{
    public const int MostChoices = 128;
    public const int MostLogprobs = 20;
    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    public int Choices => Generations.Count;

    public string Prefix => "chatcmpl";

    public IAnswerShape ShapeOf(AnswerHead head) => new ChatShape(head, Logprobs is not null);

    /// <exception cref="ProblemException">400, naming the field; 404: no model has such a name.</exception>
    public static ChatRequest Read(JsonFields request, ModelNames models)
    {
        var messages = MessageReader.Read(request);
        var conversation = new Conversation
        {
            Messages = messages,
            Tools = ToolReader.Read(request),
            Variables = Variables(request),
        };
        Refuse(request);
        var (stream, usage) = Streaming(request);
        var logprobs = ReadLogprobs(request);
        var sampling = SamplingReader.Read(request);
        var stop = SamplingReader.Stop(request);
        var name = request.RequiredText("model");
        var one = new GenerationRequest
        {
            Model = models.Select(name),
            Conversation = conversation,
            MaxTokens = (int?)(request.Integer("max_completion_tokens", 1, int.MaxValue) ?? request.Integer("max_tokens", 1, int.MaxValue)),
            Stop = stop,
            Logprobs = logprobs ?? 0,
            EchoLogprobs = logprobs is not null,
        };
        var choices = (int)(request.Integer("n", 1, MostChoices) ?? 1);
        return new ChatRequest(
            name,
            [.. Enumerable.Range(0, choices).Select(choice => one with { Sampling = SamplingReader.ForChoice(sampling, choice) })],
            stream,
            usage,
            logprobs
        );
    }

    /// <summary>Whether to stream, and whether to end the stream with the usage.</summary>
    public static (bool Stream, bool Usage) Streaming(JsonFields request)
    {
        var stream = request.Flag("stream") ?? false;
        if (request.Object("stream_options") is not { } options)
        {
            return (stream, false);
        }

        return stream
            ? (true, options.Flag("include_usage") ?? false)
            : throw ProblemException.Invalid("stream_options is only allowed with stream", "stream_options");
    }

    private static int? ReadLogprobs(JsonFields request)
    {
        var wanted = request.Flag("logprobs") ?? false;
        var top = request.Integer("top_logprobs", 0, MostLogprobs);
        return wanted ? (int)(top ?? 0)
            : top > 0 ? throw ProblemException.Invalid("top_logprobs is only allowed with logprobs", "top_logprobs")
            : null;
    }

    /// <summary>Further variables of the model's template: those of other servers' <c>chat_template_kwargs</c>, and the effort.</summary>
    private static string Variables(JsonFields request) => Variables(request, request, "reasoning_effort");

    /// <param name="at">Where the effort is.</param>
    /// <param name="name">Of the effort's field.</param>
    public static string Variables(JsonFields request, JsonFields at, string name)
    {
        var effort = at.Text(name);
        if (effort is not null && !Efforts.Contains(effort))
        {
            throw at.Wrong(name, string.Join(", ", Efforts));
        }

        var given = request.Object("chat_template_kwargs")?.Element.GetRawText();
        if (effort is null)
        {
            return given ?? "";
        }

        var variables = given is null ? [] : JsonNode.Parse(given)!.AsObject();
        variables["reasoning_effort"] = effort;
        if (effort == "none")
        {
            variables["enable_thinking"] = false;
        }

        return variables.ToJsonString();
    }

    private static void Refuse(JsonFields request)
    {
        request.Refuse("audio", "models here write text");
        if (request.TextOrTexts("modalities") is { } modalities && modalities.Any(static kind => kind != "text"))
        {
            throw ProblemException.Invalid("modalities must be [\"text\"]: models here write text", "modalities");
        }

        request.Refuse("prediction", "predicted outputs are a feature of another service");
        request.Refuse("web_search_options", "there is no web search here");
        request.Refuse("store", "answers are not stored", "false");
        request.Refuse("verbosity", "an answer is as long as the model makes it", "medium");
        request.Refuse("service_tier", "there is one tier", "auto", "default");
        _ = (request.Object("metadata"), request.Text("user"), request.Text("safety_identifier"), request.Text("prompt_cache_key"));
    }
}
