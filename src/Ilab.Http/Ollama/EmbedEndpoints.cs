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
        var (name, inputs) = (ModelLookup.NameIn(body), body.TextOrTexts("input") ?? []);
        if (inputs.Count > EmbeddingRequest.MostInputs)
        {
            throw body.Wrong("input", $"a list of at most {EmbeddingRequest.MostInputs} texts");
        }

        var dimensions = body.Integer("dimensions", 1, int.MaxValue);
        var embeddings = await EmbedAsync(call, body, name, [.. inputs.Where(static text => text.Length > 0)], (int)(dimensions ?? 0)).ConfigureAwait(false);
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
        var embeddings = await EmbedAsync(call, body, name, prompt.Length > 0 ? [prompt] : [], dimensions: 0).ConfigureAwait(false);
        var answer = new EmbeddingAnswer(embeddings.Count > 0 ? [.. embeddings[0].Values] : []);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(answer, OllamaJson.Relaxed.EmbeddingAnswer)).ConfigureAwait(false);
    }

    /// <summary>A text that is too long is refused, unless the request itself says that it may be cut.</summary>
    private static async Task<IReadOnlyList<EmbeddedText>> EmbedAsync(HttpCall call, JsonFields body, string name, string[] texts, int dimensions)
    {
        var (options, keepAlive, truncates) = (Options.Read(body), KeepAlive.Read(body), body.Flag("truncate") ?? false);
        var model = ModelSelection.Stored(await ModelLookup.ReferenceAsync(call, name).ConfigureAwait(false)) with { Caller = call.Caller };
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
