using System.Runtime.CompilerServices;
using Grpc.Core;
using Ilab.Engine.Access;
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
    public IAsyncEnumerable<GenerationEvent> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken) =>
        AttachAsync(Caller.Service, generationId, offset, static _ => { }, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <param name="used">Told how many tokens prompt and answer had, unless they have been counted: an earlier service started the generation.</param>
    /// <exception cref="EngineException">Also PERMISSION_DENIED: it is someone else's.</exception>
    public async IAsyncEnumerable<GenerationEvent> AttachAsync(
        Caller caller,
        string generationId,
        ulong offset,
        Action<int> used,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var key = await KeyOfAsync(caller, generationId, cancellationToken).ConfigureAwait(false);
        var (runner, reader) = await FindAsync(key, generationId, offset == 0 ? 0 : offset - 1, cancellationToken).ConfigureAwait(false);
        using (reader)
        {
            if (await _scheduler.HoldAsync(runner.Id, cancellationToken).ConfigureAwait(false) is { } lease)
            {
                _ = ReleaseAsync(lease, reader);
            }

            await foreach (var e in RelayAsync(reader, generationId, runner, TimeSpan.Zero, 0, cancellationToken).ConfigureAwait(false))
            {
                if (e is GenerationFinished finished)
                {
                    Count(key, finished.PromptTokens + finished.CompletionTokens, used);
                }

                yield return e;
            }
        }
    }

    /// <summary>Cancels a generation; false if none with that id is running.</summary>
    public Task<bool> CancelAsync(string generationId, CancellationToken cancellationToken) => CancelAsync(Caller.Service, generationId, cancellationToken);

    /// <summary>As above, on behalf of a caller.</summary>
    /// <exception cref="EngineException">PERMISSION_DENIED: it is someone else's.</exception>
    public async Task<bool> CancelAsync(Caller caller, string generationId, CancellationToken cancellationToken)
    {
        var key = await KeyOfAsync(caller, generationId, cancellationToken).ConfigureAwait(false);
        if (_directory.TryCancelWait(key))
        {
            return true;
        }

        if (_directory.TryFind(key, out var runnerId))
        {
            return _supervisor.Find(runnerId) is { } known && known.Session.Cancel(key);
        }

        try
        {
            var (runner, reader) = await FindAsync(key, generationId, 0, cancellationToken).ConfigureAwait(false);
            using (reader)
            {
                return !reader.Ended.IsCompleted && runner.Session.Cancel(key);
            }
        }
        catch (EngineException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>The key of the caller's generation with that id or, for an admin, of anyone's.</summary>
    private async Task<string> KeyOfAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var own = GenerationKey.Of(caller, id);
        if (_directory.Has(own))
        {
            return own;
        }

        if (_directory.KeyOfAny(id) is { } other)
        {
            caller.RequireOwner(GenerationKey.OwnerOf(other, id)!.Value, $"the generation {id}");
            return other;
        }

        return caller.IsAdmin ? await AskForKeyAsync(own, id, cancellationToken).ConfigureAwait(false) : own;
    }

    /// <summary>The key of a generation that an earlier service started for anybody; the caller's own goes first.</summary>
    private async Task<string> AskForKeyAsync(string own, string id, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerTime);
        var adopted = _supervisor
            .Runners.Where(static runner => runner.Process is null)
            .Select(static runner => runner.Bundle.ReadReady()?.Socket)
            .OfType<string>();
        var keys = await Task.WhenAll(adopted.Select(socket => KeysAsync(socket, id, limit.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var all = keys.SelectMany(static found => found).ToList();
        return all.Contains(own) ? own : all.FirstOrDefault(own);
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(string socket, string id, CancellationToken cancellationToken)
    {
        try
        {
            using var runner = new RunnerClient(socket); // the connection of an adopted runner may still be in the making
            return await runner.FindGenerationsAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            return []; // of an earlier version, gone, or silent
        }
    }

    private async Task<(RunnerHandle Runner, GenerationReader Reader)> FindAsync(string key, string id, ulong offset, CancellationToken cancellationToken)
    {
        if (_directory.TryFind(key, out var runnerId))
        {
            return _supervisor.Find(runnerId) is { } runner
                ? (runner, runner.Session.Attach(key, offset))
                : throw new EngineException(ErrorKind.RunnerLost, $"the runner of generation {id} is gone", "send the request again");
        }

        return await AskAsync(key, id, offset, cancellationToken).ConfigureAwait(false);
    }

    // Only runners of an earlier service can have generations unknown to this one: ask them all concurrently.
    private async Task<(RunnerHandle Runner, GenerationReader Reader)> AskAsync(string key, string id, ulong offset, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerTime);
        var asked = _supervisor.Runners.Where(r => r.Process is null).Select(r => (Runner: r, Reader: r.Session.Attach(key, offset))).ToList();
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
                _directory.Add(key, from.Runner.Id);
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
