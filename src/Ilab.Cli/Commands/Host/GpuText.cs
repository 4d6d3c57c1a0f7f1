using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Host;

/// <summary>What there is to say about GPUs.</summary>
internal static class GpuText
{
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
}
