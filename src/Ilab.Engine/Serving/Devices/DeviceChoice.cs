using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;

namespace Ilab.Engine.Serving.Devices;

/// <summary>Selects the candidate devices for a model, and explains why others are not used.</summary>
public static class DeviceChoice
{
    /// <summary>A usable GPU, else the CPU.</summary>
    public const string Auto = EngineOptions.AutoDevice;

    /// <summary>
    /// The candidate devices, best first: with <see cref="Auto"/> all usable GPUs, or the CPU if there are none. A model that does not fit on the GPU does not
    /// fall back to the CPU: that must be requested.
    /// </summary>
    /// <param name="wanted">The requested device.</param>
    /// <param name="devices">All devices of the machine.</param>
    public static IReadOnlyList<DeviceSnapshot> Candidates(string wanted, IReadOnlyList<DeviceSnapshot> devices)
    {
        if (wanted != Auto)
        {
            return [.. devices.Where(device => device.Usable && device.Id == wanted)];
        }

        var gpus = devices.Where(static device => device.Usable && device.IsGpu).ToList();
        return gpus.Count > 0 ? gpus : [.. devices.Where(static device => !device.IsGpu)];
    }

    /// <exception cref="EngineException"><see cref="ErrorKind.InvalidArgument"/>: no such device; <see cref="ErrorKind.CannotLoad"/>: it cannot be
    /// used.</exception>
    public static void Require(string wanted, IReadOnlyList<DeviceSnapshot> devices)
    {
        if (wanted == Auto)
        {
            return;
        }

        var device = devices.FirstOrDefault(device => device.Id == wanted);
        if (device is null)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"no such device: {wanted}",
                $"available devices: {string.Join(", ", devices.Select(static device => device.Id))}"
            );
        }

        if (!device.Usable)
        {
            throw new EngineException(ErrorKind.CannotLoad, $"{device.Id} ({device.Name}) cannot be used: {Reason(device)}", "fix this, or use --device cpu");
        }
    }

    /// <summary>For a request that offloads layers to a GPU.</summary>
    /// <exception cref="EngineException"><see cref="ErrorKind.CannotLoad"/>: there is no usable GPU, or the request excludes GPUs.</exception>
    public static void RequireGpu(string wanted, IReadOnlyList<DeviceSnapshot> devices)
    {
        if (Candidates(wanted, devices).Any(static device => device.IsGpu))
        {
            return;
        }

        var why =
            wanted == DeviceMemory.Cpu ? "the device is set to cpu"
            : Warning(Auto, DeviceMemory.Cpu, devices) is { Length: > 0 } unused ? unused
            : "this machine has none";
        throw new EngineException(ErrorKind.CannotLoad, $"no GPU to offload layers to: {why}", "omit --gpu-layers to run the model on the CPU");
    }

    /// <summary>A one-line warning about GPUs that are present but not used.</summary>
    /// <param name="wanted">The requested device: a request for a specific device causes no warning about others.</param>
    /// <param name="used">The selected device.</param>
    /// <param name="devices">All devices of the machine.</param>
    /// <returns>Empty if there is nothing to report.</returns>
    public static string Warning(string wanted, string used, IReadOnlyList<DeviceSnapshot> devices) =>
        wanted == Auto && used == DeviceMemory.Cpu
            ? string.Join(
                "; ",
                devices
                    .Where(static device => device.IsGpu && !device.Usable)
                    .Select(static device => $"{device.Id} ({device.Name}) is not used: {Reason(device)}")
            )
            : "";

    private static string Reason(DeviceSnapshot device) => device.Problem.Length > 0 ? device.Problem : "the installed libraries do not support it";
}
