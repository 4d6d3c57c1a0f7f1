using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Tests.Fixtures;

namespace Ilab.Executors.Tests.Fakes;

/// <summary>The service's side of an <see cref="InMemoryCluster"/>: an executor without files, processes or locks.</summary>
internal sealed class InMemoryExecutor(InMemoryCluster cluster, Func<WorkOrder, IReadOnlyList<Step>> script) : IExecutor
{
    public const string Kind = "scripted";

    public string Name => "memory";

    public Task SubmitAsync(WorkOrder order, CancellationToken cancellationToken)
    {
        if (order.Kind != Kind)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"work of kind {order.Kind} is not done here");
        }

        var work = new InMemoryCluster.Work(script(order));
        if (cluster.All.TryAdd(order.Id, work))
        {
            cluster.Runs.AddOrUpdate(order.Id, 1, static (_, count) => count + 1);
            work.Start();
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<WorkEvent> ObserveAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var work = cluster.All.GetValueOrDefault(id) ?? throw WorkIds.NotFound(id);
        while (true)
        {
            var (events, changed) = work.See();
            foreach (var entry in events.Where(entry => entry.Number > after))
            {
                yield return entry;
            }

            if (events is [.., { Kind: WorkEventKind.Ended }])
            {
                yield break;
            }

            after = Math.Max(after, events.Count);
            await changed.WaitAsync(cancellationToken);
        }
    }

    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (cluster.All.TryGetValue(id, out var work) && !work.Run.IsCompleted)
        {
            work.Cancel();
            await work.Run.WaitAsync(cancellationToken);
        }
    }

    public Task<Stream> CollectAsync(string id, string output, CancellationToken cancellationToken) =>
        cluster.All.TryGetValue(id, out var work) && work.Output is { } bytes
            ? Task.FromResult<Stream>(new MemoryStream(bytes, writable: false))
            : throw new EngineException(ErrorKind.NotFound, $"work {id} has no {output}");

    public Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (cluster.All.TryGetValue(id, out var work) && !work.Run.IsCompleted)
        {
            throw new EngineException(ErrorKind.InUse, $"work {id} is not over", "cancel it first");
        }

        cluster.All.TryRemove(id, out _);
        return Task.CompletedTask;
    }
}
