using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Core = Ilab.Engine.Serving;

namespace Ilab.Daemon.Services.Inference;

/// <summary>Maps engine events to messages.</summary>
internal static class EventMapping
{
    public static GenerateResponse ToApi(Core.Generation.GenerationEvent e)
    {
        var response = new GenerateResponse { Offset = e.Offset };
        switch (e)
        {
            case Core.Generation.GenerationDelta delta:
                response.Delta = new GenerationDelta { Text = delta.Text, TokenCount = (uint)delta.TokenCount };
                response.Delta.Tokens.AddRange(delta.Tokens.Select(ToApi));
                break;
            case Core.Generation.GenerationQueued queued:
                response.Queued = new GenerationQueued { Position = (uint)queued.Position, Reason = queued.Reason };
                break;
            case Core.Generation.GenerationLoading loading:
                response.Loading = ToApi(loading.Progress);
                break;
            case Core.Generation.GenerationStarted started:
                response.Started = ToApi(started);
                break;
            case Core.Generation.GenerationFinished finished:
                response.Finished = ToApi(finished);
                break;
        }

        return response;
    }

    public static LoadModelProgress ToApi(Core.Generation.LoadProgress progress) =>
        new()
        {
            Phase = progress.Phase,
            Fraction = progress.Fraction,
            Model = progress.Model is { } model ? ToApi(model) : null,
            Warning = progress.Warning,
        };

    public static LoadedModel ToApi(Core.Models.LoadedModel model) =>
        new()
        {
            RunnerId = model.RunnerId,
            Name = model.Name,
            Digest = model.Digest,
            Memory = (ulong)model.Memory,
            Resident = (ulong)model.Resident,
            Device = model.Device,
            ContextLength = (uint)model.ContextLength,
            Active = (uint)model.Active,
            LoadedAt = model.LoadedAt.ToTimestamp(),
            ExpiresAt = model.ExpiresAt?.ToTimestamp(),
            Pid = model.ProcessId,
            State = model.State,
            Parallel = (uint)model.Parallel,
            Accelerator = model.Accelerator,
            AcceleratorNote = model.AcceleratorNote,
            AcceleratedProducts = (ulong)model.AcceleratedProducts,
            Threads = (uint)model.Threads.Used,
            ThreadsLimit = (uint)model.Threads.Limit,
            ThreadsReason = model.Threads.Reason,
            Others = { model.Others },
            HostMemory = (ulong)model.HostMemory,
            GpuLayers = (uint)model.GpuLayers,
            Layers = (uint)model.Layers,
            DeviceWarning = model.DeviceWarning,
            Pinned = model.IsPinned,
            Draft = model.Draft,
        };

    private static GenerationStarted ToApi(Core.Generation.GenerationStarted started) =>
        new()
        {
            GenerationId = started.GenerationId,
            ModelDigest = started.ModelDigest,
            ModelName = started.ModelName,
            PromptTokens = (uint)started.PromptTokens,
            ContextLength = (uint)started.ContextLength,
            Seed = started.Seed,
            Template = started.Template,
            Warning = started.Warning,
            LeftOut = (uint)started.LeftOut,
        };

    private static GenerationFinished ToApi(Core.Generation.GenerationFinished finished) =>
        new()
        {
            // The numbers are equal by definition of the engine's enumeration.
            Reason = (FinishReason)finished.Reason,
            PromptTokens = (uint)finished.PromptTokens,
            CompletionTokens = (uint)finished.CompletionTokens,
            CachedPromptTokens = (uint)finished.CachedPromptTokens,
            GuessedTokens = (uint)finished.GuessedTokens,
            AcceptedTokens = (uint)finished.AcceptedTokens,
            PromptTime = finished.PromptTime.ToDuration(),
            DecodeTime = finished.DecodeTime.ToDuration(),
            LoadTime = finished.LoadTime.ToDuration(),
            Seed = finished.Seed,
            Stop = finished.Stop,
        };

    private static TokenLogprob ToApi(Core.Generation.TokenLogprob token)
    {
        var mapped = new TokenLogprob
        {
            Token = token.Token,
            Piece = UnsafeByteOperations.UnsafeWrap(token.Piece),
            Logprob = token.Logprob,
        };
        mapped.Top.AddRange(token.Top.Select(ToApi));
        return mapped;
    }
}
