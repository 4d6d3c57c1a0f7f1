using System.Runtime.CompilerServices;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>A service that answers each call by the next of its scripts; a script is a list of events, faults and waits.</summary>
public sealed class ScriptedGenerations : IGenerations
{
    private readonly Queue<object[]> _scripts = new();

    public List<GenerateRequest> Requests { get; } = [];

    public List<(string Id, ulong Offset)> Attached { get; } = [];

    public List<string> Cancelled { get; } = [];

    /// <summary>Set when a script has come to <see cref="Forever"/>.</summary>
    public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>In a script: nothing comes until the caller gives up.</summary>
    public static object Forever { get; } = new();

    /// <summary>In a script: the connection breaks.</summary>
    public static IlabException Lost => new(ErrorKind.Busy, "The connection to the service was lost", "") { IsConnectionLost = true };

    public ScriptedGenerations Answer(params object[] script)
    {
        _scripts.Enqueue(script);
        return this;
    }

    public ScriptedGenerations AnswerText(params string[] pieces) => Answer([Started(), .. pieces, Finished()]);

    public static GenerationStarted Started(string warning = "") =>
        new()
        {
            ModelName = "tiny:latest",
            ModelDigest = "sha256:00",
            Seed = 7,
            Warning = warning,
            PromptTokens = 3,
        };

    public static GenerationFinished Finished(FinishReason reason = FinishReason.Stop) =>
        new()
        {
            Reason = reason,
            PromptTokens = 3,
            CompletionTokens = 2,
            Seed = 7,
        };

    public IAsyncEnumerable<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return Play(0, cancellationToken);
    }

    public IAsyncEnumerable<GenerateResponse> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken)
    {
        Attached.Add((generationId, offset));
        return Play(offset, cancellationToken);
    }

    public Task CancelAsync(string generationId, CancellationToken cancellationToken)
    {
        Cancelled.Add(generationId);
        return Task.CompletedTask;
    }

    public List<string> Uploaded { get; } = [];

    public List<LoadModelRequest> Loads { get; } = [];

    /// <summary>What LoadAsync throws; null = it loads.</summary>
    public IlabException? LoadFault { get; set; }

    public async IAsyncEnumerable<LoadModelProgress> LoadAsync(LoadModelRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Loads.Add(request);
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (LoadFault is { } fault)
            throw fault;
        yield return new LoadModelProgress { Phase = "loading", Fraction = 0.5f };
        yield return new LoadModelProgress { Phase = "ready", Fraction = 1 };
    }

    public Task<string> UploadAsync(string path, IAnswerView view, CancellationToken cancellationToken)
    {
        Uploaded.Add(path);
        return Task.FromResult("sha256:uploaded");
    }

    private async IAsyncEnumerable<GenerateResponse> Play(ulong offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (object step in _scripts.Dequeue())
        {
            await Task.Yield();
            if (step is Exception fault)
                throw fault;
            if (step == Forever)
            {
                Waiting.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            yield return Event(step, offset++);
        }
    }

    private static GenerateResponse Event(object step, ulong offset) =>
        step switch
        {
            string text => new()
            {
                Offset = offset,
                Delta = new GenerationDelta { Text = text, TokenCount = 1 },
            },
            GenerationStarted started => new() { Offset = offset, Started = started },
            GenerationFinished finished => new() { Offset = offset, Finished = finished },
            LoadModelProgress loading => new() { Offset = offset, Loading = loading },
            GenerationQueued queued => new() { Offset = offset, Queued = queued },
            _ => throw new ArgumentException($"no event: {step}", nameof(step)),
        };
}
