namespace Ilab.Engine.Store.Content;

/// <summary>Several leases of one owner, released together.</summary>
public sealed class LeaseGroup(LeaseTable leases, string owner) : IDisposable
{
    private readonly List<IDisposable> _held = [];

    public void Add(Digest digest) => _held.Add(leases.Acquire(digest, owner));

    public void Dispose()
    {
        _held.ForEach(static lease => lease.Dispose());
        _held.Clear();
    }
}
