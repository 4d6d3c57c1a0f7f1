namespace Ilab.Daemon.Hosting;

/// <summary>Number of open calls and time of the last one, for idle exit.</summary>
internal sealed class Activity(TimeProvider time)
{
    private long _lastEnd = time.GetTimestamp();
    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>Time since the last call ended; zero while one is open.</summary>
    public TimeSpan Idle => Open > 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _lastEnd));

    public IDisposable Begin()
    {
        Interlocked.Increment(ref _open);
        return new Call(this);
    }

    private void End()
    {
        Interlocked.Exchange(ref _lastEnd, time.GetTimestamp());
        Interlocked.Decrement(ref _open);
    }

    private sealed class Call(Activity activity) : IDisposable
    {
        public void Dispose() => activity.End();
    }
}
