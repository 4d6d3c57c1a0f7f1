using System.Diagnostics;
using System.Text.Json;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary><c>POST /api/embed</c>, and <c>/api/embeddings</c> as older clients call it.</summary>
internal static class EmbedEndpoints
{
    private const long NanosecondsPerTick = 100;

    public static async Task ManyAsync(HttpCall call)
    {
        var started = Stopwatch.GetTimestamp();
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var name = ModelLookup.NameIn(body);
        var inputs = body.TextOrTexts("input") ?? [];
        inputs = body.Value("input") is { ValueKind: JsonValueKind.String } && inputs is [""] ? [] : inputs; // the API's own: an empty text has no embedding
        if (inputs.Count > EmbeddingRequest.MostInputs)
        {
            throw body.Wrong("input", $"a list of at most {EmbeddingRequest.MostInputs} texts");
        }

        var dimensions = body.Integer("dimensions", 1, int.MaxValue);
        var truncates = body.Flag("truncate") ?? true; // as the API says
        var embeddings = await EmbedAsync(call, body, name, inputs, (int)(dimensions ?? 0), truncates).ConfigureAwait(false);
        var answer = new EmbedAnswer(
            name,
            [.. embeddings.Select(static embedding => embedding.Values.ToArray())],
            Stopwatch.GetElapsedTime(started).Ticks * NanosecondsPerTick,
            embeddings.Sum(static embedding => embedding.Tokens)
        );
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(answer, OllamaJson.Relaxed.EmbedAnswer)).ConfigureAwait(false);
    }

    public static async Task OneAsync(HttpCall call)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var (name, prompt) = (ModelLookup.NameIn(body), body.Text("prompt") ?? "");
        var embeddings = await EmbedAsync(call, body, name, prompt.Length > 0 ? [prompt] : [], dimensions: 0, truncates: false).ConfigureAwait(false);
        var answer = new EmbeddingAnswer(embeddings.Count > 0 ? [.. embeddings[0].Values] : []);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(answer, OllamaJson.Relaxed.EmbeddingAnswer)).ConfigureAwait(false);
    }

    /// <param name="truncates">Whether a text that is too long is cut, instead of refused.</param>
    private static async Task<IReadOnlyList<EmbeddedText>> EmbedAsync(
        HttpCall call,
        JsonFields body,
        string name,
        IReadOnlyList<string> texts,
        int dimensions,
        bool truncates
    )
    {
        var (options, keepAlive) = (Options.Read(body), KeepAlive.Read(body));
        var model = ModelSelection.Stored(ModelLookup.ReferenceOf(await ModelLookup.FindAllAsync(call, name).ConfigureAwait(false))) with
        {
            Caller = call.Caller,
        };
        var settings = options.Load(keepAlive) with { Owner = await call.Access.ShareAsync(call.Aborted).ConfigureAwait(false) };
        var request = new EmbeddingRequest
        {
            Model = model,
            Inputs = [.. texts.Select(static text => new EmbeddingInput(text, []))],
            Dimensions = dimensions,
            Truncates = truncates,
            Load = settings,
        };
        var made = await call.Parts.Inference.EmbedAsync(request, call.Aborted).ConfigureAwait(false);
        call.Access.Use(made.Texts.Sum(static text => text.Tokens));
        return made.Texts;
    }
}
