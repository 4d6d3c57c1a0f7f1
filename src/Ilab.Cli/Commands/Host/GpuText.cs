using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Host;

/// <summary>What there is to say about GPUs.</summary>
internal static class GpuText
{
    private const string Cpu = "cpu";

    /// <summary>One line for every GPU that is there and not used, with the reason.</summary>
    /// <returns>False when there is one.</returns>
    public static async Task<bool> WarnAsync(TextWriter output, IEnumerable<DeviceInfo> devices)
    {
        var unused = devices.Where(static device => device.Problem.Length > 0).ToList();
        foreach (var device in unused)
        {
            await output.WriteLineAsync($"Warning: {device.Id} ({device.Name}) is not used: {device.Problem}");
        }

        return unused.Count == 0;
    }

    /// <summary>One line for every GPU that models run on.</summary>
    public static async Task TellAsync(TextWriter output, IEnumerable<DeviceInfo> devices)
    {
        foreach (var device in devices.Where(static device => device.Id != Cpu && device.Problem.Length == 0))
        {
            await output.WriteLineAsync($"{device.Id} ({device.Name}, compute capability {device.ComputeCapability}, driver {device.Driver}) is used");
        }
    }
}
