using System.Diagnostics;
using Ilab.Native.Llama.Attention;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Computes graphs on a CPU backend with a number of threads that adapts to the available CPU time. The number can change at every node: when threads wait for
/// CPUs, or CPUs become free, the computation is aborted at the current node and continues from there with another number. Not thread-safe.
/// </summary>
internal sealed unsafe class GraphExecutor : IDisposable
{
    private const int Aborted = 1; // GGML_STATUS_ABORTED
    private const int NodesOfAnUnknownGraph = 12;
    private static readonly long Millisecond = Stopwatch.Frequency / 1000;

    /// <summary>Milliseconds after which a part on fewer threads looks whether more are to be had (who passed a request on is done by then), and between such
    /// looks.</summary>
    private const int FirstLookUp = 3,
        LookUp = 10;

    private readonly nint _backend;
    private readonly int _nodesOfATurn;
    private readonly ThreadPools _pools;
    private readonly StepWatch _watch;
    private readonly HeadwiseAttention? _attention;
    private readonly ThreadGovernor _governor = new();
    private readonly BusyCrew _crew = new();
    private readonly GraphRecords _records = new();
    private int _asked = 1;
    private bool _watches;
    private Part _part;

    /// <param name="backend">A CPU backend of ggml; owned by the caller.</param>
    /// <param name="nodesOfATurn">Number of nodes after which another process may take its turn (<see cref="ComputeTurns"/>).</param>
    /// <param name="isPlain">Leaves attention to ggml.</param>
    public GraphExecutor(nint backend, int nodesOfATurn = int.MaxValue, bool isPlain = false)
    {
        (_backend, _nodesOfATurn, _attention) = (backend, nodesOfATurn, isPlain ? null : new HeadwiseAttention());
        _pools = new ThreadPools(backend);
        _watch = new StepWatch(Look);
    }

    /// <summary>Maximum number of threads: work that is partitioned in advance needs that many lanes.</summary>
    public int Most => ComputeThreads.Supply is { } supply ? supply.Read(MachineSupply.Now).Limit : _asked;

    /// <summary>Number of threads if they are not governed.</summary>
    public void SetThreads(int count) => _asked = count;

    /// <summary>A ggml abort callback, called after each node, that can end the computation; 0 = none.</summary>
    public void SetAbort(nint callback, nint data)
    {
        _watch.Chain(callback, data);
        Watch(_watch.IsChained);
    }

    /// <param name="most">Number of threads that the graph was prepared for.</param>
    /// <returns>ggml's status.</returns>
    public int Compute(nint graph, int most)
    {
        if (ComputeThreads.Supply is not { } supply)
        {
            using var turn = ComputeTurns.Take(_asked);
            _pools.Use(_asked);
            return GgmlApi.ggml_backend_graph_compute(_backend, graph);
        }

        var nodes = GgmlApi.ggml_graph_nodes(graph);
        var count = GgmlApi.ggml_graph_n_nodes(graph);
        var outline = GraphOutline.Of(nodes, count);
        var record = _records.Of(outline);
        _attention?.Install(nodes, count, most);
        try
        {
            if (ComputeByCrew(graph, outline, record, supply, most) is { } status)
            {
                return status;
            }

            var began = Stopwatch.GetTimestamp();
            status = Compute(graph, nodes, count, record, supply, most);
            record.Crew.Report(isCrew: false, Stopwatch.GetElapsedTime(began));
            return status;
        }
        finally
        {
            _attention?.Restore();
        }
    }

    public void Dispose()
    {
        _crew.Dispose();
        _pools.Dispose();
        _watch.Dispose();
        _attention?.Dispose();
    }

    /// <returns>ggml's status; null = it is not for a crew.</returns>
    private int? ComputeByCrew(nint graph, in GraphOutline outline, GraphRecord record, MachineSupply supply, int most)
    {
        var given = Given(supply);
        most = Math.Min(most, given.Limit);
        var isBusy = ComputeThreads.Script is { } script
            ? script(most) == ComputeThreads.Crew
            : outline.Rows == 1 && _governor.Most(MachineSupply.Now, given) < most && record.Crew.Choose(MachineSupply.Now);
        if (!_crew.Takes(graph, outline, isBusy, most, ComputeThreads.Script is null ? null : 0))
        {
            return null;
        }

        ComputeThreads.Note(new ThreadsInUse(_crew.Threads, given.Limit, ThreadsInUse.Busy));
        using var turn = ComputeTurns.Take(most);
        var began = Stopwatch.GetTimestamp();
        var status = _crew.Compute(MachineSupply.Now);
        var elapsed = Stopwatch.GetElapsedTime(began);
        _governor.Report(MachineSupply.Now, 1, elapsed, TimeSpan.Zero);
        record.Crew.Report(isCrew: true, elapsed);
        return status;
    }

    private ThreadSupply Given(MachineSupply supply)
    {
        var now = MachineSupply.Now;
        if (!_governor.HasRested(now))
        {
            return _crew.Correct(now, supply.Read(now));
        }

        _crew.Forget();
        return supply.ReadAfterRest(now);
    }

    private int Compute(nint graph, GgmlTensor** nodes, int count, GraphRecord record, MachineSupply supply, int most)
    {
        for (var first = 0; first < count; )
        {
            var given = Given(supply);
            var ceiling = Math.Min(most, _governor.Most(MachineSupply.Now, given));
            var threads = ComputeThreads.Scripted(most) ?? record.Tuner.Choose(ceiling, Math.Min(most, given.Limit));
            ComputeThreads.Note(new ThreadsInUse(threads, given.Limit, Reason(threads, given.Limit, supply)));
            var span = Math.Min(_nodesOfATurn, record.IsTrusted ? int.MaxValue : NodesOfAnUnknownGraph);
            var end = span >= count - first ? count : GraphOutline.Cut(nodes, first, first + span, count);
            using var turn = ComputeTurns.Take(threads);
            _pools.Use(threads);
            _part = new Part(threads, most, Stopwatch.GetTimestamp(), threads > 1 ? _pools.Waited() : null, record, supply);
            Watch(IsWorthWatching(record, threads, most));
            _watch.Begin(FirstLook(record, threads, most), ComputeThreads.Script is not null);
            var view = GgmlApi.ggml_graph_view(graph, first, end);
            var status = GgmlApi.ggml_backend_graph_compute(_backend, (nint)(&view));
            _watch.End();
            var stopped = status == Aborted && _watch.HasStopped;
            if (status != 0 && !stopped)
            {
                return status;
            }

            if (_watches)
            {
                record.Check(_watch.Callbacks, GraphOutline.Callbacks((GraphView*)graph, first, end), stopped, isWhole: end == count);
            }

            var contended = Report();
            if (first == 0 && end == count && !stopped && !contended)
            {
                record.Tuner.Report(threads, Stopwatch.GetElapsedTime(_part.Began));
            }

            first = stopped ? GraphOutline.After((GraphView*)graph, first, end, _watch.Callbacks) : end;
        }

        return 0;
    }

    /// <summary>A short step on one thread, or without an alternative, is over before anything could be changed.</summary>
    private bool IsWorthWatching(GraphRecord record, int threads, int most) =>
        !record.IsTrusted
        || threads > 1
        || _watch.IsChained
        || ComputeThreads.Script is not null
        || (most > 1 && (record.Tuner.Usual == TimeSpan.MaxValue || record.Tuner.Usual.TotalMilliseconds > LookUp / 2));

    private long FirstLook(GraphRecord record, int threads, int most) =>
        !record.IsTrusted || most == 1 ? long.MaxValue
        : ComputeThreads.Script is not null ? 0
        : _part.Began + (Millisecond * (threads > 1 ? 1 : FirstLookUp));

    /// <returns>Whether the computed part was contended.</returns>
    private bool Report()
    {
        var elapsed = Stopwatch.GetElapsedTime(_part.Began);
        var waited = elapsed < ThreadGovernor.Negligible ? TimeSpan.Zero : Waited(elapsed);
        return _governor.Report(MachineSupply.Now, _part.Threads, elapsed, waited);
    }

    /// <summary>If the kernel does not report waiting times, a step that takes much longer than usual counts as waiting.</summary>
    private TimeSpan Waited(TimeSpan elapsed)
    {
        if (_part.Threads > 1 && _part.Waited is { } before && _pools.Waited() is { } after)
        {
            return after - before;
        }

        var usual = _part.Record.Tuner.Usual;
        return _part.Threads > 1 && usual != TimeSpan.MaxValue && elapsed > (usual * 3) + ThreadGovernor.Negligible ? elapsed : TimeSpan.Zero;
    }

    /// <summary>Called about once per millisecond while a part is being computed.</summary>
    private (bool Stop, long NextLook) Look(long ticks)
    {
        if (ComputeThreads.Scripted(_part.Most) is { } scripted)
        {
            return (scripted != _part.Threads, 0);
        }

        var next = ticks + (Millisecond * (4 + _part.Threads) / 5);
        var elapsed = Stopwatch.GetElapsedTime(_part.Began, ticks);
        if (ThreadGovernor.IsContended(_part.Threads, elapsed, Waited(elapsed)))
        {
            return (true, next);
        }

        if (elapsed.TotalMilliseconds >= FirstLookUp && _part.Threads < _part.Most)
        {
            var now = MachineSupply.Now;
            var given = Given(_part.Supply);
            var ceiling = Math.Min(_part.Most, _governor.Most(now, given));
            return (_part.Record.Tuner.Choose(ceiling, Math.Min(_part.Most, given.Limit)) > _part.Threads, ticks + (Millisecond * LookUp));
        }

        return (false, next);
    }

    private string Reason(int threads, int limit, MachineSupply supply) =>
        threads >= limit ? supply.LimitReason
        : _governor.IsBusy ? ThreadsInUse.Busy
        : "fastest";

    private void Watch(bool isOn)
    {
        if (_watches != isOn)
        {
            _watch.Attach(_backend, isOn);
            _watches = isOn;
        }
    }

    /// <summary>The part being computed.</summary>
    private readonly record struct Part(int Threads, int Most, long Began, TimeSpan? Waited, GraphRecord Record, MachineSupply Supply);
}
