using System.Runtime.InteropServices;

namespace Ilab.Engine.Serving.Devices;

/// <summary>The parts of the driver's management library, <c>libnvidia-ml.so.1</c>, that the ledger needs. Every function returns 0 on success.</summary>
internal static partial class Nvml
{
    private const string Library = "libnvidia-ml.so.1";
    private const int TextSize = 96;
    private static readonly Lazy<bool> Started = new(Start);

    /// <summary>Whether the library is present and initialized. It stays loaded for the lifetime of the process.</summary>
    public static bool IsAvailable => Started.Value;

    /// <summary>Number of GPUs, ordered by PCI address as in CUDA with <c>CUDA_DEVICE_ORDER=PCI_BUS_ID</c>.</summary>
    public static uint Count => GetCount(out var count) == 0 ? count : 0;

    /// <returns>False if the GPU has fallen off the bus or is not accessible.</returns>
    public static bool TryOpen(uint index, out nint device) => GetHandle(index, out device) == 0;

    /// <returns>Bytes; false if not reported by the driver.</returns>
    public static bool TryGetMemory(nint device, out long total, out long free)
    {
        var known = GetMemory(device, out var memory) == 0;
        (total, free) = ((long)memory.Total, (long)memory.Free);
        return known;
    }

    public static string NameOf(nint device) => Text(device, GetName) is { Length: > 0 } name ? name : "NVIDIA GPU";

    /// <summary>For example <c>GPU-8f3c...</c>; empty if not reported by the driver.</summary>
    public static string UuidOf(nint device) => Text(device, GetUuid);

    /// <summary>Compute capability; null if not reported by the driver.</summary>
    public static Version? CapabilityOf(nint device) => GetCapability(device, out var major, out var minor) == 0 ? new Version(major, minor) : null;

    /// <summary>For example <c>580.95.05</c>; empty if not reported by the driver.</summary>
    public static string DriverVersion => Text(0, static (nint _, ref byte buffer, uint size) => GetDriverVersion(ref buffer, size));

    /// <summary>The latest CUDA version that the driver supports; null if not reported.</summary>
    public static Version? CudaVersion => GetCudaVersion(out var version) == 0 && version > 0 ? new Version(version / 1000, version % 1000 / 10) : null;

    private static bool Start()
    {
        try
        {
            return NativeLibrary.TryLoad(Library, out _) && Init() == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private delegate int TextCall(nint device, ref byte buffer, uint size);

    private static string Text(nint device, TextCall call)
    {
        Span<byte> buffer = stackalloc byte[TextSize];
        buffer.Clear();
        if (call(device, ref buffer[0], TextSize) != 0)
        {
            return "";
        }

        var end = buffer.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    [LibraryImport(Library, EntryPoint = "nvmlInit_v2")]
    private static partial int Init();

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetCount_v2")]
    private static partial int GetCount(out uint count);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    private static partial int GetHandle(uint index, out nint device);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    private static partial int GetMemory(nint device, out MemoryInfo memory);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetName")]
    private static partial int GetName(nint device, ref byte name, uint size);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetUUID")]
    private static partial int GetUuid(nint device, ref byte uuid, uint size);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetCudaComputeCapability")]
    private static partial int GetCapability(nint device, out int major, out int minor);

    [LibraryImport(Library, EntryPoint = "nvmlSystemGetDriverVersion")]
    private static partial int GetDriverVersion(ref byte version, uint size);

    [LibraryImport(Library, EntryPoint = "nvmlSystemGetCudaDriverVersion_v2")]
    private static partial int GetCudaVersion(out int version);
}
