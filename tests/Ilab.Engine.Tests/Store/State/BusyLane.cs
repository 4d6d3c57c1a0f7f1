using Ilab.Engine.Store.State;

namespace Ilab.Engine.Tests.Store.State;

/// <summary>Keeps the writers' lane busy until it is released, so that what comes meanwhile waits together.</summary>
internal sealed class BusyLane : IDisposable
{
    private readonly ManualResetEventSlim _released = new();
    private readonly Task _running;

    public BusyLane(Database database)
    {
        using var started = new ManualResetEventSlim();
        _running = Task.Run(() =>
            database.WriteAsync(
                (_, _) =>
                {
                    started.Set();
                    _released.Wait();
                    return 0;
                },
                CancellationToken.None
            )
        );
        started.Wait();
    }

    public void Release() => _released.Set();

    public void Dispose()
    {
        Release();
        _running.Wait();
        _released.Dispose();
    }
}
