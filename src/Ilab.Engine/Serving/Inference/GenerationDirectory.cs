using System.Diagnostics.CodeAnalysis;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Maps generations to runners: the last few thousand started by this service, and those still waiting for a runner.</summary>
internal sealed class GenerationDirectory
{
    private const int Limit = 4096;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _runners = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Dictionary<string, CancellationTokenSource> _waiting = new(StringComparer.Ordinal);
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);

    /// <summary>Registers a generation that waits for its runner; false if the id is taken.</summary>
    public bool TryWait(string id, CancellationTokenSource cancel)
    {
        lock (_gate)
        {
            return _waiting.TryAdd(id, cancel);
        }
    }

    /// <summary>The generation no longer waits.</summary>
    public void EndWait(string id)
    {
        lock (_gate)
        {
            _waiting.Remove(id);
        }
    }

    /// <summary>Cancels a waiting generation; false if there is none with that id.</summary>
    public bool TryCancelWait(string id)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(id, out var cancel))
            {
                return false;
            }

            // Its continuations run elsewhere: they may take this lock.
            _ = cancel.CancelAsync();
            return true;
        }
    }

    /// <summary>Whether it waits, or is known to run.</summary>
    public bool Has(string id)
    {
        lock (_gate)
        {
            return _waiting.ContainsKey(id) || _runners.ContainsKey(id);
        }
    }

    public void Add(string id, string runnerId)
    {
        lock (_gate)
        {
            if (_runners.TryAdd(id, runnerId))
            {
                _order.Enqueue(id);
            }
            else
            {
                _runners[id] = runnerId;
            }

            while (_order.Count > Limit)
            {
                var oldest = _order.Dequeue();
                _runners.Remove(oldest);
                _counted.Remove(oldest);
            }
        }
    }

    /// <summary>A generation begins: its tokens have not been counted.</summary>
    public void BeginCount(string id)
    {
        lock (_gate)
        {
            _counted.Remove(id);
        }
    }

    /// <summary>Whether the tokens of a generation that has ended are still to be counted: true once.</summary>
    public bool TryCount(string id)
    {
        lock (_gate)
        {
            return _counted.Add(id);
        }
    }

    /// <summary>The key of a generation of any user with that id, running or waiting; null if there is none.</summary>
    public string? KeyOfAny(string id)
    {
        lock (_gate)
        {
            return _waiting.Keys.Concat(_runners.Keys).FirstOrDefault(key => GenerationKey.OwnerOf(key, id) is not null);
        }
    }

    public bool TryFind(string id, [NotNullWhen(true)] out string? runnerId)
    {
        lock (_gate)
        {
            return _runners.TryGetValue(id, out runnerId);
        }
    }
}
