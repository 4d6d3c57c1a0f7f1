namespace Ilab.Engine.Serving.Devices;

/// <summary>NVIDIA GPUs, if their driver's management library is installed.</summary>
/// <param name="support">Determines whether this installation can use a GPU.</param>
public sealed class NvmlProbe(ICudaSupport support) : IDeviceProbe
{
    public IReadOnlyList<DeviceMemory> Read()
    {
        if (!Nvml.IsAvailable)
        {
            return [];
        }

        try
        {
            return [.. Visible().Select(Describe).OfType<DeviceMemory>()];
        }
        catch (EntryPointNotFoundException)
        {
            // A driver that lacks a function from 2017 is too old for any usable GPU.
            return [];
        }
    }

    /// <summary>The GPUs visible to CUDA programs started by this service, in CUDA's order.</summary>
    private static IEnumerable<(int Number, nint Device)> Visible()
    {
        var all = new List<(nint Device, string Uuid)>();
        for (uint index = 0; index < Nvml.Count; index++)
        {
            if (Nvml.TryOpen(index, out var device))
            {
                all.Add((device, Nvml.UuidOf(device)));
            }
        }

        var visible = VisibleDevices.Select(Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"), [.. all.Select(static gpu => gpu.Uuid)]);
        return visible.Select((index, number) => (number, all[index].Device));
    }

    private DeviceMemory? Describe((int Number, nint Device) gpu)
    {
        if (!Nvml.TryGetMemory(gpu.Device, out var total, out var free))
        {
            return null;
        }

        var card = new CudaCard($"cuda{gpu.Number}", Nvml.CapabilityOf(gpu.Device), Nvml.DriverVersion, Nvml.CudaVersion);
        var problem = support.ProblemOf(card);
        return new DeviceMemory(card.Id, Nvml.NameOf(gpu.Device), total, free, problem.Length == 0)
        {
            Driver = card.Driver,
            ComputeCapability = card.Capability?.ToString(2) ?? "",
            Problem = problem,
        };
    }
}
