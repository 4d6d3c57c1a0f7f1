using System.Collections.Concurrent;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;

namespace Ilab.Testing.Work;

/// <summary>A place elsewhere: work in it goes on whatever becomes of the services that use it.</summary>
public sealed class InMemoryCluster
{
    private readonly ConcurrentDictionary<string, RunningWork> _all = new();
    private readonly ConcurrentDictionary<string, int> _runs = new();

    /// <summary>How often work of an id was started.</summary>
    public int RunsOf(string id) => _runs.GetValueOrDefault(id);

    /// <summary>Lets a worker that waits go on.</summary>
    public void Release(string id) => _all[id].Go.TrySetResult();

    /// <summary>Ends a worker without giving it a say.</summary>
    public void Kill(string id) => _all[id].Kill();

    /// <summary>Returns when the worker has ended.</summary>
    public Task UntilOverAsync(string id) => _all[id].Run;

    internal void Submit(WorkOrder order, Func<IReadOnlyList<Step>> script)
    {
        var work = new RunningWork(script, order.Outputs);
        if (_all.TryAdd(order.Id, work))
        {
            _runs.AddOrUpdate(order.Id, 1, static (_, count) => count + 1);
            work.Start();
        }
    }

    internal RunningWork? Find(string id) => _all.GetValueOrDefault(id);

    internal void Remove(string id) => _all.TryRemove(id, out _);

    /// <summary>One work: its steps are done on a task of its own.</summary>
    internal sealed class RunningWork(Func<IReadOnlyList<Step>> script, IReadOnlyList<string> outputs)
    {
        private readonly Lock _gate = new();
        private readonly List<WorkEvent> _events = [];
        private readonly CancellationTokenSource _kill = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isCancelled;

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>By name; empty until it has succeeded.</summary>
        public IReadOnlyDictionary<string, byte[]> Outputs { get; private set; } = new Dictionary<string, byte[]>();

        public Task Run { get; private set; } = Task.CompletedTask;

        public void Start() => Run = Task.Run(RunAsync);

        public void Kill() => _kill.Cancel();

        public void Cancel()
        {
            _isCancelled = true;
            _kill.Cancel();
        }

        public (IReadOnlyList<WorkEvent> Events, Task Changed) See()
        {
            lock (_gate)
            {
                return ([.. _events], _changed.Task);
            }
        }

        private async Task RunAsync()
        {
            Tell(new WorkEvent { Kind = WorkEventKind.Started });
            Tell(new WorkEvent { Kind = WorkEventKind.Ended, End = await EndAsync() });
        }

        private async Task<WorkEnd> EndAsync()
        {
            var written = new Dictionary<string, byte[]>();
            IReadOnlyList<Step> steps;
            try
            {
                steps = script();
            }
            catch (Exception exception)
            {
                // A test that waits for the end of work has to see that there is none to come.
                return new WorkEnd(ErrorKind.Internal, exception.ToString(), "");
            }

            foreach (var step in steps)
            {
                switch (step)
                {
                    case Step.Report report:
                        Tell(
                            new WorkEvent
                            {
                                Kind = WorkEventKind.Progress,
                                Done = report.Done,
                                Total = report.Total,
                            }
                        );
                        break;
                    case Step.Write write:
                        written[outputs[0]] = [.. Enumerable.Repeat((byte)write.Letter, write.Count)];
                        break;
                    case Step.Put put:
                        written = put.Outputs.ToDictionary();
                        break;
                    case Step.Fail fail:
                        return new WorkEnd(ErrorKindNames.Parse(fail.Kind), fail.Message, "");
                    default:
                        await Task.WhenAny(Go.Task, Task.Delay(Timeout.Infinite, _kill.Token));
                        break;
                }

                if (_kill.IsCancellationRequested)
                {
                    return _isCancelled ? new WorkEnd(ErrorKind.Cancelled, "cancelled", "") : new WorkEnd(ErrorKind.RunnerLost, "the worker is gone", "");
                }
            }

            Outputs = written;
            return WorkEnd.Succeeded;
        }

        private void Tell(WorkEvent entry)
        {
            TaskCompletionSource told;
            lock (_gate)
            {
                _events.Add(entry with { Number = _events.Count + 1 });
                told = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            told.TrySetResult();
        }
    }
}
