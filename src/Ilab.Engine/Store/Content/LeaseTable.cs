using System.Collections.Concurrent;

namespace Ilab.Engine.Store.Content;

/// <summary>Current leases: a leased blob or manifest is never removed. Leases end with the process; persistent references are in the database.</summary>
public sealed class LeaseTable
{
    private readonly ConcurrentDictionary<Guid, (Digest Digest, string Owner)> _leases = new();
    private readonly Lock _removing = new();

    public IDisposable Acquire(Digest digest, string owner)
    {
        var id = Guid.NewGuid();
        lock (_removing)
        {
            _leases[id] = (digest, owner);
        }

        return new Lease(this, id);
    }

    public bool IsLeased(Digest digest) => _leases.Values.Any(lease => lease.Digest == digest);

    /// <summary>Removes an unleased object; a concurrent lease finds either all of it or nothing.</summary>
    /// <returns>Bytes freed; 0 if it is in use.</returns>
    public long RemoveUnused(Digest digest, Func<Digest, long> remove)
    {
        lock (_removing)
        {
            return IsLeased(digest) ? 0 : remove(digest);
        }
    }

    /// <summary>The owners of its leases, for error messages.</summary>
    public IReadOnlyList<string> Owners(Digest digest) =>
        [.. _leases.Values.Where(lease => lease.Digest == digest).Select(static lease => lease.Owner).Distinct()];

    private sealed class Lease(LeaseTable table, Guid id) : IDisposable
    {
        public void Dispose() => table._leases.TryRemove(id, out _);
    }
}
