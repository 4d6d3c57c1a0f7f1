using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Interop;

/// <summary>libggml and libggml-base: functions for registering a custom backend.</summary>
internal static unsafe partial class GgmlApi
{
    public const int CpuDevice = 0;
    public const int AcceleratorDevice = 3;
    public const int WeightsUsage = 1;

    [LibraryImport(Library.Ggml)]
    internal static partial void ggml_backend_register(void* registration);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_dev_init(nint device, byte* parameters);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_backend_dev_supports_op(nint device, GgmlTensor* op);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte ggml_backend_dev_supports_buft(nint device, nint bufferType);

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_cpu_buffer_type();

    [LibraryImport(Library.GgmlBase)]
    internal static partial nint ggml_backend_cpu_buffer_from_ptr(void* data, nuint size);

    [LibraryImport(Library.GgmlBase)]
    internal static partial int ggml_backend_graph_compute(nint backend, nint graph);

    [LibraryImport(Library.GgmlBase)]
    internal static partial void ggml_backend_free(nint backend);

    [LibraryImport(Library.GgmlBase)]
    internal static partial byte* ggml_backend_buffer_name(nint buffer);

    /// <summary>A function of the CPU's backend that only its registry hands out; 0 = there is none.</summary>
    internal static nint CpuFunction(string name)
    {
        var device = ggml_backend_dev_by_type(CpuDevice);
        return device == 0 ? 0 : ggml_backend_reg_get_proc_address(ggml_backend_dev_backend_reg(device), name);
    }
}
