using System.Runtime.InteropServices;

namespace Ilab.Engine.Serving.Devices;

/// <summary>NVIDIA GPUs, when their driver's management library is there. Everything else works without it.</summary>
/// <param name="usable">True when the native libraries of this installation can compute on such a GPU.</param>
public sealed partial class NvmlProbe(bool usable) : IDeviceProbe
{
    private const string Library = "libnvidia-ml.so.1";
    private static readonly Lazy<bool> Ready = new(Start);

    public IReadOnlyList<DeviceMemory> Read()
    {
        if (!Ready.Value || GetCount(out var count) != 0)
        {
            return [];
        }

        var devices = new List<DeviceMemory>();
        for (uint i = 0; i < count; i++)
        {
            if (GetHandle(i, out var device) == 0 && GetMemory(device, out var memory) == 0)
            {
                devices.Add(new DeviceMemory($"cuda{i}", Name(device), (long)memory.Total, (long)memory.Free, usable));
            }
        }

        return devices;
    }

    private static bool Start()
    {
        try
        {
            // The library stays loaded for the life of the process; later calls by name find it.
            return NativeLibrary.TryLoad(Library, out _) && Init() == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static unsafe string Name(nint device)
    {
        Span<byte> buffer = stackalloc byte[96];
        fixed (byte* p = buffer)
        {
            return GetName(device, p, (uint)buffer.Length) == 0 ? Marshal.PtrToStringUTF8((nint)p) ?? "GPU" : "GPU";
        }
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
    private static unsafe partial int GetName(nint device, byte* name, uint length);
}
