using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.UserFiles;

/// <summary>Bytes in the store that nothing refers to yet. When it is disposed they go, unless something refers to them.</summary>
public sealed class ReceivedFile(Digest digest, long size, IDisposable lease, Func<Digest, Task> forget) : IAsyncDisposable
{
    private bool _isKept;

    public Digest Digest { get; } = digest;

    /// <summary>Bytes.</summary>
    public long Size { get; } = size;

    /// <summary>Something refers to them now.</summary>
    public void Keep() => _isKept = true;

    public async ValueTask DisposeAsync()
    {
        lease.Dispose();
        if (!_isKept)
        {
            await forget(Digest).ConfigureAwait(false);
        }
    }
}
