using Ilab.Runner.Inference;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Holds the decode thread at the end of each generation until it is told to go on.</summary>
internal sealed class HeldDecoder : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _reached = new(0);
    private readonly SemaphoreSlim _goOn = new(0);
    private readonly InferenceHost _host;

    public HeldDecoder(InferenceHost host)
    {
        _host = host;
        host.ActiveChanged = () =>
        {
            if (Thread.CurrentThread.Name == "decode")
            {
                _reached.Release();
                _goOn.Wait(Patience);
            }
        };
    }

    /// <summary>Returns when the thread is held.</summary>
    public async Task ReachedAsync() => Assert.True(await _reached.WaitAsync(Patience), "nothing ended");

    public void GoOn() => _goOn.Release();

    public void Dispose()
    {
        _host.ActiveChanged = null;
        _goOn.Release(1000);
    }
}
