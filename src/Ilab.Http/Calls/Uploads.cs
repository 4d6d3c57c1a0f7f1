using Ilab.Engine.Store.Content;

namespace Ilab.Http.Calls;

/// <summary>Keeps uploaded files from being removed until a model is made of them; for an hour, as nothing else refers to them.</summary>
public sealed class Uploads(LeaseTable leases, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, (IDisposable Lease, DateTimeOffset Until)> _held = [];

    /// <summary>Holds a blob, which may not exist yet, for another hour.</summary>
    public void Hold(Digest digest)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var (old, _) in _held.Where(entry => entry.Value.Until < now).ToArray())
            {
                Drop(old);
            }

            Drop(digest);
            _held[digest] = (leases.Acquire(digest, "an upload"), now + Kept);
        }
    }

    /// <summary>Ends the hold: something else refers to the blob now, or it is garbage.</summary>
    public void Release(Digest digest)
    {
        lock (_gate)
        {
            Drop(digest);
        }
    }

    private void Drop(Digest digest)
    {
        if (_held.Remove(digest, out var held))
        {
            held.Lease.Dispose();
        }
    }
}
