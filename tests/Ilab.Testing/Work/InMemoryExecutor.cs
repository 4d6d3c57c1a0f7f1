using System.Runtime.CompilerServices;
using Ilab.Engine.Errors;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Testing.Work;

/// <summary>A service's side of an <see cref="InMemoryCluster"/>: an executor without files, processes or locks.</summary>
/// <param name="kind">What it does.</param>
/// <param name="script">The steps of an order's worker.</param>
public sealed class InMemoryExecutor(InMemoryCluster cluster, string kind, Func<WorkOrder, IReadOnlyList<Step>> script) : IExecutor
{
    public string Name => "memory";

    public Task SubmitAsync(WorkOrder order, CancellationToken cancellationToken)
    {
        if (order.Kind != kind)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"work of kind {order.Kind} is not done here");
        }

        cluster.Submit(order, () => script(order));
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<WorkEvent> ObserveAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var work = cluster.Find(id) ?? throw WorkIds.NotFound(id);
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
        if (cluster.Find(id) is { Run.IsCompleted: false } work)
        {
            work.Cancel();
            await work.Run.WaitAsync(cancellationToken);
        }
    }

    public Task<Stream> CollectAsync(string id, string output, CancellationToken cancellationToken) =>
        cluster.Find(id)?.Outputs.GetValueOrDefault(output) is { } bytes
            ? Task.FromResult<Stream>(new MemoryStream(bytes, writable: false))
            : throw new EngineException(ErrorKind.NotFound, $"work {id} has no {output}");

    public Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (cluster.Find(id) is { Run.IsCompleted: false })
        {
            throw new EngineException(ErrorKind.InUse, $"work {id} has not ended", "cancel it first");
        }

        cluster.Remove(id);
        return Task.CompletedTask;
    }
}
