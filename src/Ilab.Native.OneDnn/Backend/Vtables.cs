using System.Runtime.InteropServices;

namespace Ilab.Native.OneDnn.Backend;

/// <summary>Mirrors <c>ggml_backend_reg</c> with its interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BackendRegistration
{
    /// <summary>GGML_BACKEND_API_VERSION of the pinned headers.</summary>
    public const int CurrentVersion = 2;

    public int api_version;
    public nint get_name;
    public nint get_device_count;
    public nint get_device;
    public nint get_proc_address;
    public nint context;
}

/// <summary>Mirrors <c>ggml_backend_device</c> with its interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BackendDevice
{
    public nint get_name;
    public nint get_description;
    public nint get_memory;
    public nint get_type;
    public nint get_props;
    public nint init_backend;
    public nint get_buffer_type;
    public nint get_host_buffer_type;
    public nint buffer_from_host_ptr;
    public nint supports_op;
    public nint supports_buft;
    public nint offload_op;
    public nint event_new;
    public nint event_free;
    public nint event_synchronize;
    public nint reg;
    public nint context;
}

/// <summary>Mirrors <c>ggml_backend_dev_props</c> with its capabilities.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DeviceProperties
{
    public nint name;
    public nint description;
    public nuint memory_free;
    public nuint memory_total;
    public int type;
    public nint device_id;
    public byte async;
    public byte host_buffer;
    public byte buffer_from_host_ptr;
    public byte events;
    public byte mmap_support;
}

/// <summary>Mirrors <c>ggml_backend</c> with its interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BackendObject
{
    public nint guid;
    public nint get_name;
    public nint free;
    public nint set_tensor_async;
    public nint get_tensor_async;
    public nint set_tensor_2d_async;
    public nint get_tensor_2d_async;
    public nint cpy_tensor_async;
    public nint synchronize;
    public nint graph_plan_create;
    public nint graph_plan_free;
    public nint graph_plan_update;
    public nint graph_plan_compute;
    public nint graph_compute;
    public nint event_record;
    public nint event_wait;
    public nint graph_optimize;
    public nint device;
    public nint context;
}
