using System.Collections.Concurrent;

namespace Ilab.Engine.Serving.Devices;

/// <summary>
/// Device memory reservations. Rebuilt from the specs of live bundles when the service starts and kept in sync with them, so that it always matches what runs.
/// </summary>
public sealed class DeviceLedger
{
    private readonly Lock _replacing = new();
    private readonly ConcurrentDictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<IDeviceProbe> _probes;
    private readonly long _limit;

    /// <param name="probes">The device probes, in order of preference for placing models.</param>
    /// <param name="memoryLimit">Bytes of CPU memory that runners may reserve; 0 = the machine's memory minus a reserve.</param>
    public DeviceLedger(IEnumerable<IDeviceProbe> probes, long memoryLimit)
    {
        _probes = [.. probes];
        _limit = memoryLimit;
    }

    /// <summary>Enters or corrects the reservation of a runner.</summary>
    public void Set(string runnerId, Reservation reservation)
    {
        lock (_replacing)
        {
            _reservations[runnerId] = reservation;
        }
    }

    /// <summary>Drops the reservation of a runner that is gone.</summary>
    public void Remove(string runnerId) => _reservations.TryRemove(runnerId, out _);

    /// <summary>Drops a reservation unless another one has taken its place, which may look the same.</summary>
    public void Remove(string runnerId, Reservation reservation)
    {
        lock (_replacing)
        {
            if (ReferenceEquals(_reservations.GetValueOrDefault(runnerId), reservation))
            {
                _reservations.TryRemove(runnerId, out _);
            }
        }
    }

    /// <summary>Bytes that a job has of all devices now.</summary>
    /// <param name="jobId">Of the job, in full.</param>
    public long OfJob(string jobId) =>
        _reservations.Where(entry => entry.Key.StartsWith(JobOwner(jobId), StringComparison.Ordinal)).Sum(static entry => entry.Value.Bytes);

    /// <summary>The key prefix of a job's reservations; a job may have several, with different suffixes.</summary>
    public static string JobOwner(string jobId) => "job " + jobId;

    /// <summary>The current state of all devices, usable ones in order of preference.</summary>
    public IReadOnlyList<DeviceSnapshot> Snapshot()
    {
        var devices = new List<DeviceSnapshot>();
        foreach (var probe in _probes)
        {
            foreach (var memory in probe.Read())
            {
                devices.Add(Describe(memory));
            }
        }

        return devices;
    }

    private DeviceSnapshot Describe(DeviceMemory memory)
    {
        var mine = _reservations.Values.Where(r => r.Device == memory.Id).ToList();
        var reserved = mine.Sum(r => r.Bytes);
        var limited = memory.Id == DeviceMemory.Cpu && _limit > 0;
        // A limit set by the administrator applies regardless of other programs.
        var others = limited ? 0 : Math.Max(0, memory.Total - memory.Available - mine.Sum(r => r.Bytes - r.Mapped));
        return new DeviceSnapshot
        {
            Id = memory.Id,
            Name = memory.Name,
            Total = memory.Total,
            Budget = limited ? _limit : memory.Total - Math.Min(memory.Total / 8, 512L << 20),
            Reserved = reserved,
            UsedByOthers = others,
            Usable = memory.Usable,
            Driver = memory.Driver,
            ComputeCapability = memory.ComputeCapability,
            Problem = memory.Problem,
        };
    }
}

/// <summary>
/// A runner's reservation on a device. <paramref name="Mapped"/> of the <paramref name="Bytes"/> are file-backed pages that the kernel can evict and therefore
/// counts as available.
/// </summary>
public sealed record Reservation(string Device, long Bytes, long Mapped);
