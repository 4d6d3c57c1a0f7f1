using Ilab.Engine.Errors;

namespace Ilab.Daemon.Access;

/// <summary>Counts the requests to models of each user, for their quotas.</summary>
internal sealed class OpenRequests
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, int> _open = [];

    /// <returns>To be disposed when the request ends.</returns>
    /// <exception cref="EngineException">QUOTA_EXCEEDED.</exception>
    public IDisposable Begin(Identity identity)
    {
        var uid = identity.Peer.Uid;
        lock (_gate)
        {
            var count = _open.GetValueOrDefault(uid);
            if (identity.Limits.Requests is { } most && count >= most)
            {
                throw new EngineException(
                    ErrorKind.QuotaExceeded,
                    $"{count} of at most {most} requests to models are running",
                    "wait until one has ended; an admin can raise the quota"
                );
            }

            _open[uid] = count + 1;
        }

        return new Request(this, uid);
    }

    private void End(uint uid)
    {
        lock (_gate)
        {
            if (--_open[uid] == 0)
            {
                _open.Remove(uid);
            }
        }
    }

    private sealed class Request(OpenRequests all, uint uid) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                all.End(uid);
            }
        }
    }
}
