using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Runners;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    // How long an adopted runner may take to answer whether it has a generation.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>Reads a generation starting at <paramref name="offset"/> (0 = from the beginning), even one that an earlier service started.</summary>
    /// <exception cref="EngineException"><see cref="ErrorKind.NotFound"/>, or the error that ended the generation.</exception>
    public async IAsyncEnumerable<GenerationEvent> AttachAsync(string generationId, ulong offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (runner, reader) = await FindAsync(generationId, offset == 0 ? 0 : offset - 1, cancellationToken).ConfigureAwait(false);
        using (reader)
        {
            if (await _scheduler.HoldAsync(runner.Id, cancellationToken).ConfigureAwait(false) is { } lease)
            {
                _ = ReleaseAsync(lease, reader);
            }

            await foreach (var e in RelayAsync(reader, runner, TimeSpan.Zero, 0, cancellationToken).ConfigureAwait(false))
            {
                yield return e;
            }
        }
    }

    /// <summary>Cancels a generation; false if none with that id is running.</summary>
    public async Task<bool> CancelAsync(string generationId, CancellationToken cancellationToken)
    {
        if (_directory.TryCancelWait(generationId))
        {
            return true;
        }

        if (_directory.TryFind(generationId, out var runnerId))
        {
            return _supervisor.Find(runnerId) is { } known && known.Session.Cancel(generationId);
        }

        try
        {
            var (runner, reader) = await FindAsync(generationId, 0, cancellationToken).ConfigureAwait(false);
            using (reader)
            {
                return !reader.Ended.IsCompleted && runner.Session.Cancel(generationId);
            }
        }
        catch (EngineException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    private async Task<(RunnerHandle Runner, GenerationReader Reader)> FindAsync(string id, ulong offset, CancellationToken cancellationToken)
    {
        if (_directory.TryFind(id, out var runnerId))
        {
            return _supervisor.Find(runnerId) is { } runner
                ? (runner, runner.Session.Attach(id, offset))
                : throw new EngineException(ErrorKind.RunnerLost, $"the runner of generation {id} is gone", "send the request again");
        }

        return await AskAsync(id, offset, cancellationToken).ConfigureAwait(false);
    }

    // Only runners of an earlier service can have generations unknown to this one: ask them all concurrently.
    private async Task<(RunnerHandle Runner, GenerationReader Reader)> AskAsync(string id, ulong offset, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerTime);
        var asked = _supervisor.Runners.Where(r => r.Process is null).Select(r => (Runner: r, Reader: r.Session.Attach(id, offset))).ToList();
        var answers = asked.ToDictionary(a => HasAsync(a.Reader, limit.Token));
        var silent = false;
        while (answers.Count > 0)
        {
            var answer = await Task.WhenAny(answers.Keys).ConfigureAwait(false);
            answers.Remove(answer, out var from);
            if (await answer.ConfigureAwait(false) is not { } has)
            {
                silent = true;
            }
            else if (has)
            {
                asked.Remove(from);
                asked.ForEach(a => a.Reader.Dispose());
                _directory.Add(id, from.Runner.Id);
                return from;
            }
        }

        asked.ForEach(a => a.Reader.Dispose());
        cancellationToken.ThrowIfCancellationRequested();
        throw silent
            ? new EngineException(ErrorKind.Busy, $"a runner that may hold generation {id} is not responding", "try again")
            : new EngineException(ErrorKind.NotFound, $"no such generation: {id}", "it may have expired; send the request again");
    }

    // True: it has it. False: it does not. Null: no answer in time.
    private static async Task<bool?> HasAsync(GenerationReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.Events.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (EngineException e)
        {
            // Any other error is that of the generation itself, reported by the relay.
            return e.Kind != ErrorKind.NotFound;
        }
    }
}
