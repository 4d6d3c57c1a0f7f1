using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;

namespace Ilab.Engine.Serving.Devices;

/// <summary>Which devices a model may be placed on, and what there is to say about those that it is not.</summary>
public static class DeviceChoice
{
    /// <summary>A GPU that can be used, else the CPU.</summary>
    public const string Auto = EngineOptions.AutoDevice;

    /// <summary>The devices to consider, best first: with <see cref="Auto"/> every usable GPU, or the CPU when there is none. A model that does not fit on
    /// the GPU is not put on the CPU instead: that has to be asked for.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="devices">All of the machine.</param>
    public static IReadOnlyList<DeviceSnapshot> Candidates(string wanted, IReadOnlyList<DeviceSnapshot> devices)
    {
        if (wanted != Auto)
        {
            return [.. devices.Where(device => device.Usable && device.Id == wanted)];
        }

        var gpus = devices.Where(static device => device.Usable && device.IsGpu).ToList();
        return gpus.Count > 0 ? gpus : [.. devices.Where(static device => !device.IsGpu)];
    }

    /// <exception cref="EngineException"><see cref="ErrorKind.NotFound"/>: there is no such device; <see cref="ErrorKind.CannotLoad"/>: it cannot be
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
                ErrorKind.NotFound,
                $"no such device: {wanted}",
                $"available devices: {string.Join(", ", devices.Select(static device => device.Id))}"
            );
        }

        if (!device.Usable)
        {
            throw new EngineException(ErrorKind.CannotLoad, $"{device.Id} ({device.Name}) cannot be used: {Reason(device)}", "fix this, or use --device cpu");
        }
    }

    /// <summary>For a request that puts layers on a GPU.</summary>
    /// <exception cref="EngineException"><see cref="ErrorKind.CannotLoad"/>: there is none, none can be used, or it is kept off them.</exception>
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

    /// <summary>A warning about GPUs that are there and not used, in one line.</summary>
    /// <param name="wanted">What was asked for: whoever asked for a device is not warned about others.</param>
    /// <param name="used">The device that was chosen.</param>
    /// <param name="devices">All of the machine.</param>
    /// <returns>Empty = there is nothing to say.</returns>
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
