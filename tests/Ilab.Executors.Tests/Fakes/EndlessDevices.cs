using Ilab.Engine.Serving.Devices;
using Ilab.Executors.Local;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Executors.Tests.Fakes;

/// <summary>Devices with room for everything; what is held of them can be asked.</summary>
internal sealed class EndlessDevices : ILocalDevices
{
    private readonly Lock _gate = new();
    private readonly List<Lease> _held = [];

    public AcceleratorSpec Accelerator { get; } = new();

    public long Held
    {
        get
        {
            lock (_gate)
            {
                return _held.Sum(static lease => lease.Memory.Bytes);
            }
        }
    }

    public IEnumerable<string> Unused() => [];

    public Task<IDisposable> ReserveAsync(
        string id,
        string name,
        Reservation memory,
        Action<string> tell,
        CancellationToken cancellationToken,
        long held = 0
    ) => Task.FromResult(Hold(id, memory));

    public IDisposable Hold(string id, Reservation memory)
    {
        var lease = new Lease(this, memory);
        lock (_gate)
        {
            _held.Add(lease);
        }

        return lease;
    }

    private sealed record Lease(EndlessDevices Owner, Reservation Memory) : IDisposable
    {
        public void Dispose()
        {
            lock (Owner._gate)
            {
                Owner._held.Remove(this);
            }
        }
    }
}
