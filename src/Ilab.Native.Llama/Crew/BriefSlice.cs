using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Crew;

/// <summary>
/// Linux 6.12 and later: a thread that asks for a short time slice gets its CPU sooner after it has slept; its share stays the same. Older kernels take no
/// notice. Disposing it asks for the usual slice.
/// </summary>
internal readonly unsafe partial struct BriefSlice : IDisposable
{
    private const ulong Short = 100_000; // nanoseconds, the shortest there is
    private static readonly nint Call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 274 : 314;
    private readonly int? _nice;

    private BriefSlice(int? nice) => _nice = nice;

    /// <summary>For the calling thread, which has to dispose it; nothing happens if it has another policy than the ordinary one.</summary>
    public static BriefSlice Ask() => sched_getscheduler(0) == 0 && getpriority(0, 0) is var nice && Set(Short, nice) ? new(nice) : default;

    public void Dispose()
    {
        if (_nice is { } nice)
        {
            Set(0, nice);
        }
    }

    private static bool Set(ulong slice, int nice)
    {
        var attributes = new Attributes
        {
            Size = (uint)sizeof(Attributes),
            Nice = nice,
            Runtime = slice,
        };
        return syscall(Call, 0, &attributes, 0) == 0;
    }

    [LibraryImport("libc")]
    private static partial int getpriority(int which, uint who);

    [LibraryImport("libc")]
    private static partial int sched_getscheduler(int thread);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, nint thread, Attributes* attributes, nint flags);

    /// <summary>Mirrors <c>struct sched_attr</c>: the ordinary policy.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Runtime;
        public ulong Deadline;
        public ulong Period;
    }
}
