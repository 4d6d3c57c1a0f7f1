using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary>What requests for generate and chat have in common, read and checked.</summary>
/// <param name="Model">As asked for.</param>
/// <param name="Generation">Without its input.</param>
/// <param name="Stream">On unless it is switched off.</param>
/// <param name="Logprobs">Alternatives for each token; null = no log probabilities.</param>
/// <param name="RenderOnly">Whether to show the prompt instead of answering.</param>
/// <param name="Template">The conversation, without its messages.</param>
/// <param name="Separates">Whether what the model thinks is told from what it says.</param>
internal sealed record AskRequest(
    string Model,
    GenerationRequest Generation,
    bool Stream,
    int? Logprobs,
    bool RenderOnly,
    Conversation Template,
    bool Separates
)
{
    private const int MostLogprobs = 20;

    public ModelSelection Selection => Generation.Model;

    public LoadSettings Load => Generation.Load;

    /// <summary>Whether the model is to be unloaded at once.</summary>
    public bool Unloads => Load.KeepAlive == TimeSpan.Zero;

    /// <exception cref="ProblemException">400, naming the field; 404: there is no such model.</exception>
    public static async Task<AskRequest> ReadAsync(HttpCall call, JsonFields request)
    {
        var name = ModelLookup.NameIn(request);
        var stream = request.Flag("stream") ?? true;
        var options = Options.Read(request);
        var keepAlive = KeepAlive.Read(request);
        Refuse(request);
        var wanted = request.Flag("logprobs") ?? false;
        var top = (int)(request.Integer("top_logprobs", 0, MostLogprobs) ?? 0);
        int? logprobs = wanted || top > 0 ? top : null;
        var models = await ModelLookup.FindAllAsync(call, name).ConfigureAwait(false);
        var thinking = await Thinking.ReadAsync(call, request, name, models).ConfigureAwait(false);
        var generation = new GenerationRequest
        {
            Model = ModelSelection.Stored(ModelLookup.ReferenceOf(models)) with { Caller = call.Caller },
            Sampling = options.Sampling,
            UsualSampling = Options.Usual,
            MaxTokens = options.MaxTokens,
            Stop = options.Stop,
            Logprobs = logprobs ?? 0,
            EchoLogprobs = logprobs is not null,
            Load = options.Load(keepAlive),
        };
        var template = new Conversation
        {
            Messages = [],
            Variables = thinking.Variables,
            DropOldest = request.Flag("truncate") ?? false,
        };
        return new AskRequest(name, generation, stream, logprobs, request.Flag("_debug_render_only") ?? false, template, thinking.Separates);
    }

    private static void Refuse(JsonFields request)
    {
        request.Refuse("format", "the answer cannot be forced into a format yet", "");
        request.Refuse("shift", "a prompt that does not fit the context is refused, and an answer ends when the context is full", "false");
    }
}
