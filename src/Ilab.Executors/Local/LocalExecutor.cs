using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>Executes workloads on this machine: each in its own runner, with its own bundle, in the directory of its job.</summary>
public sealed class LocalExecutor(EngineOptions options, IRunnerLauncher launcher, ILocalDevices devices, TimeProvider time) : IExecutor, IAsyncDisposable
{
    private readonly string _root = Path.Combine(options.StoreDirectory, "jobs");
    private readonly ConcurrentDictionary<string, Lazy<Attached>> _attached = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _submitting = new(1),
        _planning = new(1);
    private readonly CancellationTokenSource _shutdown = new();

    public string Name => "local";

    /// <summary>
    /// Goes along with the runners that an earlier service left, and records their memory. To be called before anything else can ask for memory:
    /// until then what they use looks free.
    /// </summary>
    public void Adopt()
    {
        foreach (var id in WorkFolder.All(_root).Where(id => new WorkFolder(_root, id).Bundle.IsLockHeld))
        {
            try
            {
                Attach(id);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                // Damaged: its job fails with the reason when it is resumed, and the service starts.
            }
        }
    }

    public async Task SubmitAsync(WorkOrder order, CancellationToken cancellationToken)
    {
        // One at a time: two submissions of the same id must not write to the same directory.
        await _submitting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var folder = new WorkFolder(_root, order.Id);
            if (folder.Accepted is null)
            {
                await AcceptAsync(order, folder, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException(
                ErrorKind.Internal,
                $"cannot write the files of work {order.Id}: {exception.Message}",
                "check the free space and the permissions of the store",
                exception
            );
        }
        finally
        {
            _submitting.Release();
        }

        Attach(order.Id);
    }

    public async IAsyncEnumerable<WorkEvent> ObserveAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var work = Attach(id) ?? throw WorkIds.NotFound(id);
        while (true)
        {
            var changed = work.Folder.Journal.Changed;
            foreach (var entry in work.Folder.Journal.Read(after))
            {
                after = entry.Number;
                yield return entry;
                if (entry.Kind == WorkEventKind.Ended)
                {
                    yield break;
                }
            }

            if (work.Folder.Journal.Last is { Kind: WorkEventKind.Ended } last && last.Number <= after)
            {
                yield break;
            }

            var next = await Task.WhenAny(changed, work.Pump).WaitAsync(cancellationToken).ConfigureAwait(false);
            await next.ConfigureAwait(false); // a pump that failed reports why
        }
    }

    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        var folder = new WorkFolder(_root, id);
        if (folder.Accepted is not null && folder.Journal.Last is not { Kind: WorkEventKind.Ended })
        {
            // Checked before attaching: do not start work that is not running just for this.
            folder.Cancel();
            var work = Attach(id)!;
            await work.Cancelled.CancelAsync().ConfigureAwait(false);
            await work.Pump.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public Task<Stream> CollectAsync(string id, string output, CancellationToken cancellationToken)
    {
        var folder = new WorkFolder(_root, id);
        var succeeded =
            folder.Accepted is not null
            && (output == TrainingFiles.Checkpoints || folder.Journal.Last is { End.Error: null } || folder.Bundle.ReadExit() is { Code: 0, Signal: null });
        return Task.FromResult<Stream>(
            succeeded && folder.OutputOf(output) is { } path
                ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
                : throw new EngineException(ErrorKind.NotFound, $"work {id} has no {output}")
        );
    }

    public Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        var folder = new WorkFolder(_root, id);
        if (folder.Accepted is not null && (folder.Bundle.IsLockHeld || folder.Journal.Last is { Kind: not WorkEventKind.Ended }))
        {
            throw new EngineException(ErrorKind.InUse, $"work {id} has not ended", "cancel it first");
        }

        _attached.TryRemove(id, out _);
        folder.Delete();
        return Task.CompletedTask;
    }

    /// <summary>Detaches from all work, which continues.</summary>
    public async ValueTask DisposeAsync()
    {
        await _shutdown.CancelAsync().ConfigureAwait(false);
        foreach (var work in _attached.Values.Where(static work => work.IsValueCreated))
        {
            await work.Value.Pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Null if there is no such work.
    private Attached? Attach(string id)
    {
        var folder = new WorkFolder(_root, id);
        return folder.Accepted is not { } accepted ? null : _attached.GetOrAdd(id, _ => new Lazy<Attached>(() => Start(folder, accepted))).Value;
    }

    private Attached Start(WorkFolder folder, AcceptedWork work)
    {
        var cancelled = new CancellationTokenSource();
        var pump = new WorkPump(folder, work, launcher, devices, _planning, time);
        pump.Adopt();
        return new Attached(folder, cancelled, Task.Run(() => pump.RunAsync(_shutdown.Token, cancelled.Token)));
    }

    private async Task AcceptAsync(WorkOrder order, WorkFolder folder, CancellationToken cancellationToken)
    {
        var work = new AcceptedWork(order.Kind, order.Restarts, order.Memory);
        switch (order.Kind)
        {
            case RunnerKinds.Train:
                var training = await TrainingStaging.SpecAsync(order, folder, options, devices, time, cancellationToken).ConfigureAwait(false);
                folder.Accept(work, training, BundleJson.Default.RunnerSpec);
                break;
            case RunnerKinds.Convert or RunnerKinds.Quantize or RunnerKinds.Merge or RunnerKinds.Perplexity:
                folder.Accept(work, await TaskStaging.SpecAsync(order, folder, options, cancellationToken).ConfigureAwait(false), TaskJson.Default.TaskSpec);
                break;
            default:
                throw new EngineException(ErrorKind.InvalidArgument, $"the executor {Name} does not support work of kind {order.Kind}");
        }
    }

    private sealed record Attached(WorkFolder Folder, CancellationTokenSource Cancelled, Task Pump);
}
