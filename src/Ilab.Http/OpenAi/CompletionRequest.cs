using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>A request for completions, read and checked.</summary>
/// <param name="Model">As asked for.</param>
/// <param name="Generations">The choices of the first prompt, then those of the second, and so on.</param>
/// <param name="Choices">Choices of each prompt.</param>
/// <param name="Echo">Whether the text begins with the prompt.</param>
/// <param name="Logprobs">Alternatives for each token; null = no log probabilities.</param>
internal sealed record CompletionRequest(
    string Model,
    IReadOnlyList<GenerationRequest> Generations,
    int Choices,
    bool Stream,
    bool IncludeUsage,
    bool Echo,
    int? Logprobs
) : IAnswerRequest
{
    private const int UsualMaxTokens = 16; // the API's
    private const int MostLogprobs = 20;

    public string Prefix => "cmpl";

    public IAnswerShape ShapeOf(AnswerHead head) => new TextShape(head, this);

    /// <exception cref="ProblemException">400, naming the field; 404: no model has such a name.</exception>
    public static CompletionRequest Read(JsonFields request, ModelNames models)
    {
        var choices = (int)(request.Integer("n", 1, ChatRequest.MostChoices) ?? 1);
        var prompts = PromptReader.Read(request, "prompt", ChatRequest.MostChoices / choices);
        var echo = request.Flag("echo") ?? false;
        var logprobs = (int?)request.Integer("logprobs", 0, MostLogprobs);
        Refuse(request, choices, echo, logprobs is not null, prompts.Any(static prompt => prompt.Text is null));
        var (stream, usage) = ChatRequest.Streaming(request);
        var sampling = SamplingReader.Read(request);
        var name = request.RequiredText("model");
        var one = new GenerationRequest
        {
            Model = models.Select(name),
            MaxTokens = (int?)request.Integer("max_tokens", 1, int.MaxValue),
            UsualMaxTokens = UsualMaxTokens,
            Stop = SamplingReader.Stop(request),
            Logprobs = logprobs ?? 0,
            EchoLogprobs = logprobs is not null,
        };
        var generations =
            from prompt in prompts
            from choice in Enumerable.Range(0, choices)
            select one with
            {
                Prompt = prompt.Text,
                PromptTokens = prompt.Tokens,
                Sampling = SamplingReader.ForChoice(sampling, choice),
            };
        return new CompletionRequest(name, [.. generations], choices, stream, usage, echo, logprobs);
    }

    private static void Refuse(JsonFields request, int choices, bool echo, bool logprobs, bool hasTokens)
    {
        request.Refuse("suffix", "models here continue a text, and do not fill gaps", "");
        if (request.Integer("best_of", 1, ChatRequest.MostChoices) is { } best && best != choices)
        {
            throw ProblemException.Invalid("best_of is not supported unless it equals n: choose among n answers yourself", "best_of");
        }

        if (echo && logprobs)
        {
            throw ProblemException.Invalid("echo with logprobs is not supported: prompts have no log probabilities here", "echo");
        }

        if (echo && hasTokens)
        {
            throw ProblemException.Invalid("echo is not supported for prompts of token ids", "echo");
        }

        request.Refuse("response_format", "the answer cannot be forced into a format yet");
        _ = request.Text("user");
    }
}
