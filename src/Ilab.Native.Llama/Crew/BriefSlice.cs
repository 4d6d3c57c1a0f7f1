using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Crew;

/// <summary>
/// Linux 6.12 and later: a thread that asks for a short time slice gets its CPU sooner after it has slept; its share stays the same. Older kernels take no
/// notice.
/// </summary>
internal sealed unsafe partial class BriefSlice
{
    private const ulong Short = 100_000; // nanoseconds, the shortest there is
    private static readonly nint Call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 274 : 314;
    private int _thread;

    /// <summary>For the calling thread, if it has the ordinary policy. Asking costs the thread its CPU if others want it: it is done once.</summary>
    public void Ask()
    {
        var thread = gettid();
        if (thread == _thread)
        {
            return;
        }

        GiveUp();
        if (sched_getscheduler(0) == 0 && Set(thread, Short))
        {
            _thread = thread;
        }
    }

    /// <summary>Asks for the usual slice again.</summary>
    public void GiveUp()
    {
        if (_thread != 0)
        {
            Set(_thread, 0);
            _thread = 0;
        }
    }

    /// <summary>The nice value stays what it is by now.</summary>
    private static bool Set(int thread, ulong slice)
    {
        var attributes = new Attributes
        {
            Size = (uint)sizeof(Attributes),
            Nice = getpriority(0, (uint)thread),
            Runtime = slice,
        };
        return syscall(Call, thread, &attributes, 0) == 0;
    }

    [LibraryImport("libc")]
    private static partial int gettid();

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
