using System.Globalization;
using Ilab.Configuration.Runs;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Planning;

/// <summary>What a run can have of the machine that it is planned for. Sizes in bytes; null = unknown.</summary>
/// <param name="Device">As runners name it.</param>
/// <param name="Name">For people.</param>
/// <param name="Memory">Of the device.</param>
/// <param name="Host">Of the machine, beside a GPU.</param>
/// <param name="Notes">What is worth knowing, one line each.</param>
public sealed record PlanMachine(string Device, string Name, long? Memory, long? Host, long? Disk, IReadOnlyList<string> Notes)
{
    /// <summary>Name of the GPU of another machine that a run goes to.</summary>
    public const string FirstGpu = "cuda0";

    public bool IsGpu => Device != DeviceMemory.Cpu;

    /// <summary>The machine as the ledger would describe it, without anything that uses it.</summary>
    public IReadOnlyList<DeviceSnapshot> Devices()
    {
        var cpu = new DeviceSnapshot
        {
            Id = DeviceMemory.Cpu,
            Name = DeviceMemory.Cpu,
            Budget = (IsGpu ? Host : Memory) ?? long.MaxValue / 4,
        };
        return IsGpu
            ?
            [
                new DeviceSnapshot
                {
                    Id = Device,
                    Name = Name,
                    Budget = Memory ?? long.MaxValue / 4,
                },
                cpu,
            ]
            : [cpu];
    }

    /// <summary>GPUs of all hosts that a training could be spread over; 1 = there is nothing to spread it over.</summary>
    public int Gpus { get; init; } = 1;

    /// <summary>Whether it is another machine than this one: nothing that was measured here says how fast it is.</summary>
    public bool IsOther { get; init; }

    /// <summary>This machine: what the device has for runs of this service, once others of them have ended.</summary>
    /// <param name="device">Where the run is to go.</param>
    /// <param name="folder">Where it writes.</param>
    public static PlanMachine This(string device, IReadOnlyList<DeviceSnapshot> devices, string folder)
    {
        DeviceChoice.Require(device, devices);
        var chosen = DeviceChoice.Candidates(device, devices)[0];
        var cpu = devices.FirstOrDefault(static one => !one.IsGpu);
        var available = Available(chosen);
        var notes =
            chosen.Reserved > 0
                ? [$"{ByteText.Of(chosen.Reserved)} of {chosen.Id} are in use by loaded models and jobs now: it waits where these are needed"]
                : Array.Empty<string>();
        return new PlanMachine(chosen.Id, chosen.Id, available, chosen.IsGpu && cpu is not null ? Available(cpu) : null, FreeDisk(folder), notes);
    }

    /// <summary>Another machine. Work that is not distributed has one device of one host.</summary>
    public static PlanMachine Other(Resources resources)
    {
        long? host = resources.Memory > 0 ? Usable(resources.Memory) : null,
            disk = resources.Disk > 0 ? resources.Disk : null;
        if (resources.Gpus == 0)
        {
            return new PlanMachine(DeviceMemory.Cpu, Hosts("cpu", resources.Hosts), host, null, disk, [.. OneHost(resources)]) { IsOther = true };
        }

        var gpus = resources.Gpus == 1 ? "a GPU" : string.Create(CultureInfo.InvariantCulture, $"one of {resources.Gpus} GPUs");
        var name = Hosts($"{gpus} with {ByteText.Of(resources.GpuMemory)}", resources.Hosts);
        return new PlanMachine(FirstGpu, name, Usable(resources.GpuMemory), host, disk, [.. OneHost(resources)])
        {
            IsOther = true,
            Gpus = resources.Gpus * resources.Hosts,
        };
    }

    private static string Hosts(string device, int hosts) =>
        hosts > 1 ? string.Create(CultureInfo.InvariantCulture, $"{device}, on one of {hosts} hosts") : device;

    private static IEnumerable<string> OneHost(Resources resources)
    {
        if (resources.Hosts > 1 || resources.Gpus > 1)
        {
            yield return "runs are not distributed here: one device of one host has to hold everything";
        }
    }

    private static long Available(DeviceSnapshot device) => Math.Max(0, device.Budget - device.UsedByOthers);

    /// <summary>Without the reserve that this service leaves on its own devices.</summary>
    internal static long Usable(long bytes) => bytes - Math.Min(bytes / 8, 512L << 20);

    private static long? FreeDisk(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
