using System.Diagnostics;
using System.Runtime.CompilerServices;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Telemetry;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Measures a generation while its events pass.</summary>
internal static class MeasuredGeneration
{
    public static async IAsyncEnumerable<GenerationEvent> Of(
        GenerationRequest request,
        IAsyncEnumerable<GenerationEvent> events,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var measure = new RequestMeasure(
            request.Conversation is null ? GenAi.TextCompletion : GenAi.Chat,
            request.Model.Reference ?? Path.GetFileName(request.Model.CheckpointPath) ?? ""
        );
        if (measure.Span is { } span)
        {
            Describe(span, request);
        }

        var source = events.GetAsyncEnumerator(cancellationToken);
        await using (source.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await source.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (Exception exception)
                {
                    measure.Failed(exception);
                    throw;
                }

                Note(measure, source.Current);
                yield return source.Current;
            }
        }
    }

    private static void Note(RequestMeasure measure, GenerationEvent e)
    {
        switch (e)
        {
            case GenerationStarted started:
                measure.Started(started.ModelName);
                measure.Span?.SetTag("gen_ai.response.id", started.GenerationId);
                break;
            case GenerationDelta:
                measure.Generated();
                break;
            case GenerationFinished { Reason: not FinishReason.Cancelled } finished:
                measure.Finished(finished.PromptTokens, finished.CompletionTokens);
                measure
                    .Span?.SetTag("gen_ai.response.finish_reasons", new[] { finished.Reason == FinishReason.Stop ? "stop" : "length" })
                    .SetTag("gen_ai.usage.cache_read.input_tokens", finished.CachedPromptTokens);
                break;
        }
    }

    /// <summary>Numbers only: stop strings and the like are texts of the user.</summary>
    private static void Describe(Activity span, GenerationRequest request)
    {
        Set(span, "gen_ai.request.temperature", request.Sampling.Temperature);
        Set(span, "gen_ai.request.top_k", request.Sampling.TopK);
        Set(span, "gen_ai.request.top_p", request.Sampling.TopP);
        Set(span, "gen_ai.request.frequency_penalty", request.Sampling.FrequencyPenalty);
        Set(span, "gen_ai.request.presence_penalty", request.Sampling.PresencePenalty);
        Set(span, "gen_ai.request.seed", (long?)request.Sampling.Seed);
        Set(span, "gen_ai.request.max_tokens", request.MaxTokens);
    }

    private static void Set<T>(Activity span, string name, T? value)
        where T : struct
    {
        if (value is { } known)
        {
            span.SetTag(name, known);
        }
    }
}
