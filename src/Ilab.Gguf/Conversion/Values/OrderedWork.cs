using System.Runtime.ExceptionServices;

namespace Ilab.Gguf.Conversion.Values;

/// <summary>Does pieces of work on several threads and gives out the results in their order; the threads are ahead by a bounded number.</summary>
internal sealed class OrderedWork<TWork, TResult> : IDisposable
{
    private readonly object _gate = new();
    private readonly IEnumerator<TWork> _work;
    private readonly Func<TWork, TResult> _do;
    private readonly Thread[] _threads;
    private readonly Dictionary<long, TResult> _done = [];
    private readonly int _ahead;
    private long _begun;
    private long _taken;
    private bool _isOver;
    private ExceptionDispatchInfo? _failure;

    /// <param name="work">Asked for by one thread at a time.</param>
    /// <param name="ahead">Results that may wait to be taken.</param>
    public OrderedWork(IEnumerable<TWork> work, Func<TWork, TResult> done, int threads, int ahead)
    {
        (_work, _do, _ahead) = (work.GetEnumerator(), done, ahead);
        _threads = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true })];
        Array.ForEach(_threads, static thread => thread.Start());
    }

    /// <returns>False when there is no more.</returns>
    public bool TryTake(out TResult result)
    {
        lock (_gate)
        {
            while (!_done.ContainsKey(_taken) && _failure is null && !(_isOver && _taken == _begun))
            {
                Monitor.Wait(_gate);
            }

            _failure?.Throw();
            if (!_done.Remove(_taken, out result!))
            {
                return false;
            }

            _taken++;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Returns when no thread works any more: what they read may be closed then.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(_threads, static thread => thread.Join());
        _work.Dispose();
    }

    private void Work()
    {
        try
        {
            while (TryBegin(out var number, out var work))
            {
                var result = _do(work);
                lock (_gate)
                {
                    _done[number] = result;
                    Monitor.PulseAll(_gate);
                }
            }
        }
        catch (Exception exception)
        {
            // Whoever takes the results gets it.
            lock (_gate)
            {
                _failure ??= ExceptionDispatchInfo.Capture(exception);
                _isOver = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool TryBegin(out long number, out TWork work)
    {
        lock (_gate)
        {
            while (!_isOver && _begun - _taken >= _ahead)
            {
                Monitor.Wait(_gate);
            }

            number = _begun;
            if (_isOver || !_work.MoveNext())
            {
                _isOver = true;
                work = default!;
                Monitor.PulseAll(_gate);
                return false;
            }

            _begun++;
            work = _work.Current;
            return true;
        }
    }
}
