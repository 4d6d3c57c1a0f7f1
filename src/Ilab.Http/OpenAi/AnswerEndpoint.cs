using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;
using Ilab.Http.Generating;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary><c>POST /v1/chat/completions</c> and <c>/v1/completions</c>: they differ in what they read and in the shape of their answers.</summary>
internal static class AnswerEndpoint
{
    public static Task ChatAsync(HttpCall call) => HandleAsync(call, ChatRequest.Read);

    public static Task CompleteAsync(HttpCall call) => HandleAsync(call, CompletionRequest.Read);

    /// <summary>Answers in one piece.</summary>
    /// <returns>JSON.</returns>
    public static async Task<byte[]> WholeAsync(AnswerScope scope, IAnswerRequest request)
    {
        var head = new AnswerHead(request.Prefix, scope, request.Model);
        var usage = new UsageCount(request.Choices);
        var collected = request.Generations.Select(static _ => new CollectedText()).ToArray();
        await foreach (var (index, e) in Generator.RunAsync(scope, request.Generations).ConfigureAwait(false))
        {
            head.See(e);
            collected[index].Add(e);
            if (e is GenerationFinished finished)
            {
                usage.Add(index, finished);
            }
        }

        return request.ShapeOf(head).Whole(collected, usage.Total);
    }

    private static async Task HandleAsync(HttpCall call, Func<JsonFields, ModelNames, IAnswerRequest> read)
    {
        var body = await JsonBody.ReadAsync(call.Request, call.Parts.Options.MaxBody, call.Aborted).ConfigureAwait(false);
        var request = read(body, new ModelNames(call.Caller));
        call.Target = $"name={request.Model}";
        if (request.Stream)
        {
            await StreamAsync(call, request).ConfigureAwait(false);
        }
        else
        {
            await Answers.WriteJsonAsync(call, await WholeAsync(call.Scope, request).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    private static async Task StreamAsync(HttpCall call, IAnswerRequest request)
    {
        var head = new AnswerHead(request.Prefix, call.Scope, request.Model);
        var shape = request.ShapeOf(head);
        var usage = new UsageCount(request.Choices);
        var tokens = request.Generations.Select(static _ => new LogprobTrack()).ToArray();
        await foreach (var (index, e) in Generator.RunAsync(call.Scope, request.Generations).ConfigureAwait(false))
        {
            head.See(e);
            switch (e)
            {
                case GenerationStarted when shape.Begin(index) is { } begin:
                    await SendAsync(begin).ConfigureAwait(false);
                    break;
                case GenerationDelta delta when tokens[index].Take(delta) is var taken && (delta.Text.Length > 0 || taken.Count > 0):
                    await SendAsync(shape.Piece(index, delta.Text, taken)).ConfigureAwait(false);
                    break;
                case GenerationFinished finished:
                    usage.Add(index, finished);
                    foreach (var chunk in shape.End(index, finished, tokens[index].Rest(finished)))
                    {
                        await SendAsync(chunk).ConfigureAwait(false);
                    }

                    break;
            }
        }

        if (request.IncludeUsage)
        {
            await SendAsync(shape.Usage(usage.Total)).ConfigureAwait(false);
        }

        await SendAsync("[DONE]"u8.ToArray()).ConfigureAwait(false);

        Task SendAsync(byte[] data) => EventStream.SendEventAsync(call, data, null);
    }
}
