using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Crew;

/// <summary>Which buffers hold weights in rows that can be cut apart.</summary>
internal static unsafe class CrewBuffers
{
    private static readonly HashSet<string> ByRows = ["CPU", "CPU_Mapped", "CPU_REPACK"];
    private static readonly ConcurrentDictionary<string, bool> Known = new();

    /// <param name="buffer">Of ggml.</param>
    public static bool IsByRows(nint buffer) =>
        buffer != 0 && Known.GetOrAdd(Marshal.PtrToStringUTF8((nint)GgmlApi.ggml_backend_buffer_name(buffer)) ?? "", static name => ByRows.Contains(name));
}
