using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>A device supported by the loaded libraries.</summary>
/// <param name="Name">ggml's name: <c>CPU</c>, <c>CUDA0</c>, ...</param>
/// <param name="Description">The vendor's name.</param>
/// <param name="FreeMemory">Bytes.</param>
/// <param name="TotalMemory">Bytes.</param>
public sealed record GgmlDevice(string Name, string Description, long FreeMemory, long TotalMemory)
{
    /// <summary>Name of the CPU in specs and requests.</summary>
    public const string Cpu = "cpu";

    /// <summary>All devices, in the order in which backends were loaded.</summary>
    public static unsafe IReadOnlyList<GgmlDevice> All()
    {
        var devices = new List<GgmlDevice>();
        for (nuint index = 0; index < GgmlApi.ggml_backend_dev_count(); index++)
        {
            var device = GgmlApi.ggml_backend_dev_get(index);
            GgmlApi.ggml_backend_dev_memory(device, out var free, out var total);
            var (name, description) = (Text(GgmlApi.ggml_backend_dev_name(device)), Text(GgmlApi.ggml_backend_dev_description(device)));
            devices.Add(new GgmlDevice(name, description, (long)free, (long)total));
        }

        return devices;
    }

    /// <summary>Free memory of a device in bytes.</summary>
    /// <exception cref="LlamaException">There is no such device.</exception>
    public static long FreeMemoryOf(string name)
    {
        GgmlApi.ggml_backend_dev_memory(Find(name), out var free, out _);
        return (long)free;
    }

    /// <exception cref="LlamaException">There is no such device.</exception>
    internal static nint Find(string name)
    {
        var device = GgmlApi.ggml_backend_dev_by_name(name);
        return device != 0
            ? device
            : throw new LlamaException($"no device {name}: the libraries can compute on {string.Join(", ", All().Select(static one => one.Name))}");
    }

    private static unsafe string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
