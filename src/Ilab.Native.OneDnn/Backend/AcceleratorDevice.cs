using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>
/// The accelerator as ggml sees it: a device that claims whatever the CPU can do, so that a graph stays in one piece, and whose backends hand graphs to a
/// CPU backend of their own after they have taken the matrix products out. Registered once; libllama gives every later context a backend of it.
/// </summary>
internal static unsafe class AcceleratorDevice
{
    private static readonly Lock Gate = new();
    private static byte* _name;
    private static byte* _description;
    private static byte* _guid;
    private static BackendRegistration* _registration;
    private static BackendDevice* _device;

    /// <summary>The CPU device that does what is not a matrix product.</summary>
    public static nint Cpu { get; } = GgmlApi.ggml_backend_dev_by_type(GgmlApi.CpuDevice);

    public static bool IsRegistered => _registration != null;

    /// <summary>Makes the device known to ggml. Later calls do nothing.</summary>
    public static void Register(string description)
    {
        lock (Gate)
        {
            if (_registration != null)
            {
                return;
            }

            _name = Text("oneDNN");
            _description = Text(description);
            _guid = Text("ilab-onednn-bf16");
            _registration = Zeroed<BackendRegistration>();
            _device = Zeroed<BackendDevice>();
            Fill();
            GgmlApi.ggml_backend_register(_registration);
        }
    }

    private static void Fill()
    {
        _registration->api_version = BackendRegistration.CurrentVersion;
        _registration->get_name = (nint)(delegate* unmanaged[Cdecl]<nint, byte*>)&Name;
        _registration->get_device_count = (nint)(delegate* unmanaged[Cdecl]<nint, nuint>)&Count;
        _registration->get_device = (nint)(delegate* unmanaged[Cdecl]<nint, nuint, BackendDevice*>)&Device;
        _registration->get_proc_address = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, nint>)&Function;
        _device->get_name = (nint)(delegate* unmanaged[Cdecl]<nint, byte*>)&Name;
        _device->get_description = (nint)(delegate* unmanaged[Cdecl]<nint, byte*>)&Description;
        _device->get_memory = (nint)(delegate* unmanaged[Cdecl]<nint, nuint*, nuint*, void>)&Memory;
        _device->get_type = (nint)(delegate* unmanaged[Cdecl]<nint, int>)&Type;
        _device->get_props = (nint)(delegate* unmanaged[Cdecl]<nint, DeviceProperties*, void>)&Properties;
        _device->init_backend = (nint)(delegate* unmanaged[Cdecl]<nint, byte*, BackendObject*>)&Create;
        _device->get_buffer_type = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&BufferType;
        _device->buffer_from_host_ptr = (nint)(delegate* unmanaged[Cdecl]<nint, void*, nuint, nuint, nint>)&BufferFromPointer;
        _device->supports_op = (nint)(delegate* unmanaged[Cdecl]<nint, GgmlTensor*, byte>)&SupportsOp;
        _device->supports_buft = (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte>)&SupportsBufferType;
        _device->reg = (nint)_registration;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* Name(nint self) => _name;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* Description(nint self) => _description;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Count(nint self) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static BackendDevice* Device(nint self, nuint index) => _device;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Function(nint self, byte* name)
    {
        var wanted = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name);
        return wanted.SequenceEqual("ggml_backend_set_n_threads"u8) ? (nint)(delegate* unmanaged[Cdecl]<BackendObject*, int, void>)&SetThreads
            : wanted.SequenceEqual("ggml_backend_set_abort_callback"u8) ? (nint)(delegate* unmanaged[Cdecl]<BackendObject*, nint, nint, void>)&SetAbort
            : 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Memory(nint self, nuint* free, nuint* total) => *free = *total = 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Type(nint self) => GgmlApi.AcceleratorDevice;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Properties(nint self, DeviceProperties* properties) =>
        *properties = new DeviceProperties
        {
            name = (nint)_name,
            description = (nint)_description,
            type = GgmlApi.AcceleratorDevice,
            buffer_from_host_ptr = 1,
            mmap_support = 1,
        };

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint BufferType(nint self) => GgmlApi.ggml_backend_cpu_buffer_type();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint BufferFromPointer(nint self, void* data, nuint size, nuint largestTensor) => GgmlApi.ggml_backend_cpu_buffer_from_ptr(data, size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte SupportsOp(nint self, GgmlTensor* op) => GgmlApi.ggml_backend_dev_supports_op(Cpu, op);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte SupportsBufferType(nint self, nint type) => GgmlApi.ggml_backend_dev_supports_buft(Cpu, type);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static BackendObject* Create(nint self, byte* parameters)
    {
        var inner = GgmlApi.ggml_backend_dev_init(Cpu, null);
        if (inner == 0)
        {
            return null;
        }

        var backend = Zeroed<BackendObject>();
        backend->guid = (nint)_guid;
        backend->get_name = (nint)(delegate* unmanaged[Cdecl]<nint, byte*>)&Name;
        backend->free = (nint)(delegate* unmanaged[Cdecl]<BackendObject*, void>)&Free;
        backend->graph_compute = (nint)(delegate* unmanaged[Cdecl]<BackendObject*, nint, int>)&Compute;
        backend->device = (nint)_device;
        backend->context = GCHandle.ToIntPtr(GCHandle.Alloc(Backend(inner, ComputeForm.Current)));
        return backend;
    }

    private static AcceleratorBackend Backend(nint cpu, ComputeForm form) => new(cpu, form.IsPlain ? null : Accelerator.Current, form);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(BackendObject* self)
    {
        var handle = GCHandle.FromIntPtr(self->context);
        ((AcceleratorBackend)handle.Target!).Dispose();
        handle.Free();
        NativeMemory.Free(self);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Compute(BackendObject* self, nint graph) => Of(self).Compute(graph);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SetThreads(BackendObject* self, int count) => Of(self).SetThreads(count);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SetAbort(BackendObject* self, nint callback, nint data) => Of(self).SetAbort(callback, data);

    private static AcceleratorBackend Of(BackendObject* self) => (AcceleratorBackend)GCHandle.FromIntPtr(self->context).Target!;

    /// <summary>Lives as long as the process: ggml keeps what is registered.</summary>
    private static byte* Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var memory = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return memory;
    }

    private static T* Zeroed<T>()
        where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)sizeof(T));
}
