using System.Text;
using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Jinja;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>
/// A model in the store, served like for any other client. The requests of a run are decoded in parallel; half as many more are queued, so that a free slot is
/// filled immediately.
/// </summary>
/// <param name="user">Whose model it is once it is loaded, within what they may have; null = the service's.</param>
internal sealed class LocalTeacher(InferenceEngine engine, string digest, IJobUser? user) : ITeacher, Documents.ITokenCounter
{
    private const int UsualParallel = 8;

    private readonly ModelSelection _model = ModelSelection.Stored(digest);

    private int _context;

    public async Task<int> ConcurrencyAsync(CancellationToken cancellationToken)
    {
        var parallel = UsualParallel;
        await foreach (
            var progress in engine.LoadAsync(_model, await SettingsAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)
        )
        {
            parallel = progress.Model?.Parallel is > 0 and var said ? said : parallel;
            _context = progress.Model?.ContextLength ?? _context;
        }

        return parallel + Math.Max(1, parallel / 2);
    }

    public async Task<int> ContextAsync(CancellationToken cancellationToken)
    {
        if (_context == 0)
        {
            await ConcurrencyAsync(cancellationToken).ConfigureAwait(false);
        }

        return _context;
    }

    public async Task<TeacherAnswer> AskAsync(TeacherCall call, ulong seed, CancellationToken cancellationToken)
    {
        var request = new GenerationRequest
        {
            Model = _model,
            Prompt = call.Messages is [{ Role: "raw" } raw] ? raw.Content : null,
            Conversation = call.Messages is [{ Role: "raw" }]
                ? null
                : new Conversation { Messages = [.. call.Messages.Select(static message => new ChatMessage(message.Role, message.Content))] },
            MaxTokens = call.Settings.MaxTokens,
            Stop = call.Settings.Stop,
            Sampling = Sampling(call.Settings, seed),
            Priority = GenerationPriority.Synthesis,
            Load = await SettingsAsync(cancellationToken).ConfigureAwait(false),
        };
        var text = new StringBuilder();
        GenerationFinished? end = null;
        try
        {
            await foreach (var said in engine.GenerateAsync(request, cancellationToken).ConfigureAwait(false))
            {
                if (said is GenerationDelta delta)
                {
                    text.Append(delta.Text);
                }

                end = said as GenerationFinished ?? end;
            }
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.RunnerLost or ErrorKind.Busy or ErrorKind.QueueFull or ErrorKind.TimedOut)
        {
            throw new TeacherUnavailableException(exception.Message, inner: exception);
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.ContextExceeded)
        {
            throw new TeacherRefusedException("the prompt exceeds the teacher's context")
            {
                OfEveryCall = new EngineException(
                    ErrorKind.Source,
                    $"the prompts exceed the teacher's context: {exception.Message}",
                    "use a smaller --chunk-tokens, a shorter prompt, or a teacher with a larger context",
                    exception
                ),
            };
        }

        return end?.Reason is FinishReason.Stop or FinishReason.Length
            ? new TeacherAnswer(text.ToString(), end.PromptTokens, end.CompletionTokens) { IsCut = end.Reason == FinishReason.Length }
            : throw new TeacherUnavailableException("the request was cancelled externally");
    }

    public async ValueTask<int> CountAsync(string text, CancellationToken cancellationToken)
    {
        var settings = await SettingsAsync(cancellationToken).ConfigureAwait(false);
        return (await engine.TokenizeAsync(_model, text, false, false, settings, cancellationToken).ConfigureAwait(false)).Tokens.Count;
    }

    private async Task<LoadSettings> SettingsAsync(CancellationToken cancellationToken) =>
        new() { Owner = user is null ? null : await user.ShareAsync(cancellationToken).ConfigureAwait(false) };

    private static SamplingOptions Sampling(CallSettings settings, ulong seed)
    {
        return new SamplingOptions
        {
            Temperature = (float)settings.Temperature,
            TopP = (float?)settings.TopP,
            TopK = (int?)Extra("top_k"),
            MinP = (float?)Extra("min_p"),
            RepeatPenalty = (float?)(Extra("repetition_penalty") ?? Extra("repeat_penalty")),
            PresencePenalty = (float?)Extra("presence_penalty"),
            FrequencyPenalty = (float?)Extra("frequency_penalty"),
            Seed = seed,
        };

        double? Extra(string name) => settings.Extra.TryGetValue(name, out var value) ? Values.AsNumber(value) : null;
    }
}
