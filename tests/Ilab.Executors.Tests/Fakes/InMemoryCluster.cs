using System.Collections.Concurrent;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Runners;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Tests.Fixtures;

namespace Ilab.Executors.Tests.Fakes;

/// <summary>A place elsewhere: work in it goes on whatever becomes of the services that use it.</summary>
internal sealed class InMemoryCluster
{
    public ConcurrentDictionary<string, Work> All { get; } = new();

    /// <summary>How often work of an id was started.</summary>
    public ConcurrentDictionary<string, int> Runs { get; } = new();

    /// <summary>One work: its steps are done on a task of its own.</summary>
    internal sealed class Work(IReadOnlyList<Step> steps)
    {
        private readonly Lock _gate = new();
        private readonly List<WorkEvent> _events = [];
        private readonly CancellationTokenSource _kill = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isCancelled;

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public byte[]? Output { get; private set; }

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
            byte[]? written = null;
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
                        written = new byte[write.Count];
                        Array.Fill(written, (byte)write.Letter);
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

            Output = written;
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
