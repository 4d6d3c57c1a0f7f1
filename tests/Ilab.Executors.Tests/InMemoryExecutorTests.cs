using System.Collections.Concurrent;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Tests.Fixtures;
using Ilab.Testing.Work;

namespace Ilab.Executors.Tests;

/// <summary>The behaviour asks for nothing that an executor without files, processes and locks could not do.</summary>
public sealed class InMemoryExecutorTests : ExecutorBehaviour
{
    private const string Kind = "scripted";
    private readonly InMemoryCluster _cluster = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<Step>> _scripts = new();
    private InMemoryExecutor? _executor;

    protected override IExecutor Executor => _executor ?? throw new InvalidOperationException("no service is running");

    protected override WorkOrder Order(string id, params Step[] steps)
    {
        var script = Guid.NewGuid().ToString("N");
        _scripts[script] = steps;
        return new WorkOrder
        {
            Id = id,
            Kind = Kind,
            Parameters = script,
            Outputs = [Output],
        };
    }

    protected override Task StopServiceAsync()
    {
        _executor = null;
        return Task.CompletedTask;
    }

    protected override Task StartServiceAsync()
    {
        _executor = new InMemoryExecutor(_cluster, Kind, order => _scripts[order.Parameters]);
        return Task.CompletedTask;
    }

    protected override Task ReleaseAsync(string id)
    {
        _cluster.Release(id);
        return Task.CompletedTask;
    }

    protected override Task KillWorkerAsync(string id)
    {
        _cluster.Kill(id);
        return Task.CompletedTask;
    }

    protected override Task UntilOverAsync(string id) => _cluster.UntilOverAsync(id);

    protected override int RunsOf(string id) => _cluster.RunsOf(id);
}
