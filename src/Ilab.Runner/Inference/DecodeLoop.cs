using System.Collections.Concurrent;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Queueing;
using Ilab.Runner.Inference.Steps;

namespace Ilab.Runner.Inference;

/// <summary>The single thread that owns the context: it admits generations, and computes steps as long as there are any.</summary>
internal sealed partial class DecodeLoop : IDisposable
{
    private readonly LlamaContext _context;
    private readonly Vocabulary _vocabulary;
    private readonly int _contextLength;
    private readonly LlamaBatch _batch;
    private readonly int _batchSize;
    private readonly int _parallel;
    private readonly int _cells;
    private readonly SequenceCache _cache;
    private readonly List<Generation> _running = [];
    private readonly ConcurrentQueue<Generation> _arrivals = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly byte[] _piece = new byte[256];
    private readonly Action<Generation, bool> _told;
    private int _active;
    private volatile bool _stop;
    private volatile bool _ended;

    /// <param name="context">Used only by this loop's thread from now on.</param>
    /// <param name="limits">Sizes of the context and of the queue.</param>
    /// <param name="told">Called on the decode thread when a generation has output; true = deliver immediately.</param>
    public DecodeLoop(LlamaContext context, DecodeLimits limits, Action<Generation, bool> told)
    {
        _context = context;
        _vocabulary = context.Model.Vocabulary;
        (_contextLength, _batchSize, _parallel) = (limits.ContextLength, limits.BatchSize, limits.Parallel);
        _cells = context.Cells;
        _batch = new LlamaBatch(_batchSize);
        _planner = new StepPlanner(_batchSize);
        _adapters = new AdapterCache(context);
        _cache = new SequenceCache(context, limits.Sequences, _contextLength);
        _queue = new WaitingQueue<Generation>(limits.Queue);
        _told = told;
    }

    /// <summary>Keeps what steps cost; null = it is forgotten. To be set before <see cref="Run"/>.</summary>
    public StepCostFile? CostFile
    {
        private get;
        set
        {
            field = value;
            value?.ReadInto(_planner);
        }
    }

    /// <summary>Queued or running generations.</summary>
    public int Active => Volatile.Read(ref _active);

    private LoopMeter Meter { get; } = new();

    /// <summary>As of the last step; may be called on any thread.</summary>
    public StatsResponse ReadStats() => Meter.Read(_parallel, _cells);

    /// <summary>Called on any thread when <see cref="Active"/> has changed.</summary>
    public Action? ActiveChanged { get; set; }

    public void Submit(Generation generation)
    {
        Interlocked.Increment(ref _active);
        ActiveChanged?.Invoke();
        _arrivals.Enqueue(generation);
        if (_ended)
        {
            EndArrivals();
            return;
        }

        _wake.Release();
    }

    /// <summary>Makes the loop check for changes.</summary>
    public void Wake() => _wake.Release();

    public void Stop()
    {
        _stop = true;
        _wake.Release();
    }

    /// <summary>Runs until <see cref="Stop"/>; remaining generations end as cancelled.</summary>
    public void Run()
    {
        while (!_stop)
        {
            Admit();
            var isBusy = RunErrand();
            Meter.Note(_running.Count, _queue.Count + _paused.Count, _cache.Tokens);
            if (_running.Count == 0)
            {
                if (!isBusy)
                {
                    CostFile?.Save(_planner);
                    WaitForWork();
                }

                continue;
            }

            Step();
        }

        Admit();
        foreach (var generation in _running.Concat(_paused).ToArray())
        {
            End(generation, Finished.Types.Reason.Cancelled);
        }

        foreach (var generation in _queue.RemoveAll(static _ => true))
        {
            EndQueued(generation);
        }

        while (SavePrompt()) { }

        _ended = true;
        EndArrivals();
        EndErrands();
    }

    /// <summary>To be called after <see cref="Run"/> has ended. Later submissions and wake-ups are answered without native calls.</summary>
    public void Dispose()
    {
        Draft?.Dispose();
        _adapters.Dispose();
        _batch.Dispose();
    }
}

/// <summary>Sizes of a decode loop.</summary>
/// <param name="ContextLength">Tokens per sequence.</param>
/// <param name="Parallel">Maximum number of generations that run at once.</param>
/// <param name="Sequences">Sequences of the context: more than run at once, to keep what earlier ones computed.</param>
/// <param name="BatchSize">Maximum tokens per step.</param>
/// <param name="Queue">Maximum number of generations that wait.</param>
internal sealed record DecodeLimits(int ContextLength, int Parallel, int Sequences, int BatchSize, int Queue);
