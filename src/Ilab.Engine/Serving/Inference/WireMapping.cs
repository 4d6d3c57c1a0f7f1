using System.Globalization;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Wire = Ilab.Runner.Contract.V1;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Maps between the engine's records and the messages of the runner protocol.</summary>
internal static class WireMapping
{
    public static Wire.Submit ToWire(GenerationRequest request, string id, ulong seed, RunnerLease lease, TimeSpan orphanGrace)
    {
        var submit = new Wire.Submit
        {
            GenerationId = id,
            Sampling = ToWire(request.Sampling, seed),
            MaxTokens = (uint)(request.MaxTokens ?? 0),
            Logprobs = (uint)request.Logprobs,
            EchoLogprobs = request.EchoLogprobs,
            ModelName = lease.Model.Name,
            ModelDigest = lease.Model.Digest,
            Priority = (uint)request.Priority,
            Caller = request.Model.Caller.Uid.ToString(CultureInfo.InvariantCulture),
            OrphanGraceSeconds = (uint)Math.Max(1, Math.Ceiling(orphanGrace.TotalSeconds)),
            ReturnTokens = request.ReturnTokens,
        };
        submit.Stop.AddRange(request.Stop);
        submit.Adapters.AddRange(lease.Adapters);
        if (request.Conversation is { } conversation)
        {
            submit.Conversation = ToWire(conversation);
        }
        else if (request.PromptTokens is { } tokens)
        {
            submit.TokenPrompt = new Wire.TokenPrompt { Tokens = { tokens } };
        }
        else
        {
            submit.Prompt = request.Prompt ?? "";
        }

        return submit;
    }

    public static Wire.EmbedRequest ToWire(EmbeddingRequest request)
    {
        var wire = new Wire.EmbedRequest
        {
            Pooling = request.Pooling == EmbeddingPooling.OfModel ? "" : request.Pooling.ToString().ToLowerInvariant(),
            Raw = request.IsRaw,
            Dimensions = (uint)request.Dimensions,
            Truncate = request.Truncates,
        };
        wire.Inputs.AddRange(
            request.Inputs.Select(static input => new Wire.EmbedInput
            {
                Text = input.Text,
                Tokens = { input.Tokens },
                Document = input.Document,
            })
        );
        return wire;
    }

    public static Wire.Conversation ToWire(Conversation conversation)
    {
        var wire = new Wire.Conversation
        {
            Tools = conversation.Tools,
            Documents = conversation.Documents,
            Variables = conversation.Variables,
            ContinueLast = conversation.ContinueLast,
            DropOldest = conversation.DropOldest,
            KeepFirst = (uint)conversation.KeepFirst,
            Before = { conversation.Before },
        };
        wire.Messages.AddRange(
            conversation.Messages.Select(static m => new Wire.Message
            {
                Role = m.Role,
                Content = m.Content,
                Fields = m.Fields,
            })
        );
        return wire;
    }

    /// <summary>The event with its public offset, one more than the runner's; null for events of a later protocol version.</summary>
    /// <param name="e">The event from the runner.</param>
    /// <param name="id">The id that the caller knows it by.</param>
    /// <param name="runner">The runner that sent it.</param>
    /// <param name="loadTime">Load time to report in the finished event.</param>
    /// <param name="seed">The last reported seed.</param>
    public static GenerationEvent? FromWire(Wire.GenerationEvent e, string id, RunnerHandle runner, TimeSpan loadTime, ref ulong seed)
    {
        var offset = e.Offset + 1;
        switch (e.EventCase)
        {
            case Wire.GenerationEvent.EventOneofCase.Delta:
                return new GenerationDelta(offset, e.Delta.Text, (int)e.Delta.TokenCount, Logprobs(e.Delta.Tokens));
            case Wire.GenerationEvent.EventOneofCase.Queued:
                return new GenerationQueued(offset, (int)e.Queued.Position, "the model is busy with others");
            case Wire.GenerationEvent.EventOneofCase.Started:
                seed = e.Started.Seed;
                return FromWire(offset, id, e.Started, runner);
            case Wire.GenerationEvent.EventOneofCase.Finished:
                return FromWire(offset, e.Finished, loadTime, seed);
            default:
                return null;
        }
    }

    private static GenerationStarted FromWire(ulong offset, string id, Wire.Started started, RunnerHandle runner) =>
        new(
            offset,
            id,
            started.ModelName.Length > 0 ? started.ModelDigest : runner.Spec.Model.Digest,
            started.ModelName.Length > 0 ? started.ModelName : runner.Spec.Model.Name,
            (int)started.PromptTokens,
            (int)started.ContextLength,
            started.Seed,
            started.Template,
            started.Warning,
            (int)started.LeftOut
        )
        {
            Thinks = started.Thinks,
        };

    private static GenerationFinished FromWire(ulong offset, Wire.Finished finished, TimeSpan loadTime, ulong seed) =>
        new(offset)
        {
            Reason = finished.Reason switch
            {
                Wire.Finished.Types.Reason.Length => FinishReason.Length,
                Wire.Finished.Types.Reason.Cancelled => FinishReason.Cancelled,
                _ => FinishReason.Stop,
            },
            PromptTokens = (int)finished.PromptTokens,
            CompletionTokens = (int)finished.CompletionTokens,
            CachedPromptTokens = (int)finished.CachedPromptTokens,
            GuessedTokens = (int)finished.GuessedTokens,
            AcceptedTokens = (int)finished.AcceptedTokens,
            PromptTime = TimeSpan.FromMicroseconds(finished.PromptMicroseconds),
            DecodeTime = TimeSpan.FromMicroseconds(finished.DecodeMicroseconds),
            LoadTime = loadTime,
            Seed = seed,
            Stop = finished.Stop,
            Tokens = finished.Tokens,
        };

    private static Wire.Sampling ToWire(SamplingOptions options, ulong seed)
    {
        var sampling = options.Over(SamplingOptions.Usual);
        var wire = new Wire.Sampling
        {
            Temperature = sampling.Temperature!.Value,
            TopK = (uint)sampling.TopK!.Value,
            TopP = sampling.TopP!.Value,
            MinP = sampling.MinP!.Value,
            RepeatPenalty = sampling.RepeatPenalty!.Value,
            RepeatLastN = (uint)sampling.RepeatLastN!.Value,
            Seed = seed,
            PresencePenalty = sampling.PresencePenalty!.Value,
            FrequencyPenalty = sampling.FrequencyPenalty!.Value,
        };
        wire.LogitBias.Add((sampling.LogitBias ?? new Dictionary<int, float>()).ToDictionary());
        return wire;
    }

    private static IReadOnlyList<TokenLogprob> Logprobs(IReadOnlyCollection<Wire.TokenLogprob> tokens) =>
        tokens.Count == 0 ? [] : [.. tokens.Select(t => new TokenLogprob(t.Token, t.Piece.Memory, t.Logprob, Logprobs(t.Top)))];
}
