using System.Diagnostics;
using System.Runtime.CompilerServices;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Generation;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>
    /// Loads the model if needed and generates. If the enumeration is abandoned, the generation continues for a grace period: <see
    /// cref="AttachAsync(Caller, string, ulong, Action{int}, CancellationToken)"/> resumes reading,
    /// <see cref="CancelAsync(Caller, string, CancellationToken)"/> ends it.
    /// </summary>
    /// <exception cref="EngineException">Any kind; <see cref="ErrorKind.RunnerLost"/> if the runner died.</exception>
    public IAsyncEnumerable<GenerationEvent> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        MeasuredGeneration.Of(request, RunAsync(request, cancellationToken), cancellationToken);

    private async IAsyncEnumerable<GenerationEvent> RunAsync(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Validate(request);
        var id = request.GenerationId.Length > 0 ? request.GenerationId : NewGenerationId();
        var begun = Stopwatch.GetTimestamp();
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var key = GenerationKey.Of(request.Model.Caller, id);
        if (!_directory.TryWait(key, waiting))
        {
            throw new EngineException(ErrorKind.AlreadyExists, $"a generation with the id {id} is already queued", "use another id");
        }

        RunnerLease? lease = null;
        ModelSettings? settings = null;
        var told = false;
        try
        {
            var acquisition = new Acquisition(_models, _scheduler, request.Model, request.Load, waiting.Token);
            await using (acquisition.ConfigureAwait(false))
            {
                await foreach (var e in acquisition.Events.ConfigureAwait(false))
                {
                    told = true;
                    yield return e;
                }

                lease = await acquisition.TakeAsync(cancelledByCaller: cancellationToken).ConfigureAwait(false);
                settings = acquisition.Settings;
            }
        }
        finally
        {
            _directory.EndWait(key);
        }

        request = ModelDefaults.Apply(request, settings, lease?.Model.ContextLength ?? 0);
        var seed = request.Sampling.Seed ?? NewSeed();
        if (lease is null)
        {
            yield return new GenerationFinished(1) { Reason = FinishReason.Cancelled, Seed = seed };
            yield break;
        }

        var loadTime = told ? Stopwatch.GetElapsedTime(begun) : TimeSpan.Zero;
        using var reader = Submit(request, key, seed, lease);
        await foreach (var e in RelayAsync(reader, id, lease.Runner, loadTime, seed, cancellationToken).ConfigureAwait(false))
        {
            yield return e;
        }
    }

    private GenerationReader Submit(GenerationRequest request, string key, ulong seed, RunnerLease lease)
    {
        GenerationReader reader;
        _directory.BeginCount(key);
        try
        {
            reader = lease.Runner.Session.Submit(
                WireMapping.ToWire(request, key, seed, lease, _options.OrphanGrace),
                tokens => Count(key, tokens, request.Used)
            );
        }
        catch
        {
            lease.Dispose();
            throw;
        }

        _directory.Add(key, lease.Runner.Id);
        _ = ReleaseAsync(lease, reader);
        return reader;
    }

    private void Count(string key, int tokens, Action<int> used)
    {
        if (_directory.TryCount(key))
        {
            used(tokens);
        }
    }

    // The model is busy until the generation ends, regardless of its readers.
    private async Task ReleaseAsync(RunnerLease lease, GenerationReader reader)
    {
        await reader.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (lease.Runner.HasEnded)
        {
            lease.Dispose();
            return;
        }

        lease.Succeeded();
        await TouchAsync(lease.Model.Digest).ConfigureAwait(false);
    }

    private async Task TouchAsync(string digest)
    {
        if (digest.Length == 0)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await _models.TouchAsync(digest, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException or ObjectDisposedException)
        {
            InferenceLog.NotTouched(_log, digest, e.Message);
        }
    }

    // All events of a frame are available when the reader wakes: no task per token.
    private static async IAsyncEnumerable<GenerationEvent> RelayAsync(
        GenerationReader reader,
        string id,
        RunnerHandle runner,
        TimeSpan loadTime,
        ulong seed,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await reader.Events.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (reader.Events.TryRead(out var wire))
            {
                if (WireMapping.FromWire(wire, id, runner, loadTime, ref seed) is { } e)
                {
                    yield return e;
                }
            }
        }
    }
}
