using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Crew;

/// <summary>Linux: threads that sleep until a number changes.</summary>
internal static unsafe partial class Futex
{
    private const int WaitPrivate = 128,
        WakePrivate = 129;
    private static readonly nint Call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    /// <summary>Sleeps if the word has a value, until somebody wakes it, or for no reason.</summary>
    public static void Wait(int* word, int value) => _ = syscall(Call, word, WaitPrivate, value, null, null, 0);

    /// <summary>Sleeps for a time.</summary>
    public static void Sleep(TimeSpan time)
    {
        var word = 0;
        var limit = new TimeSpec { Nanoseconds = (nint)time.TotalNanoseconds };
        _ = syscall(Call, &word, WaitPrivate, 0, &limit, null, 0);
    }

    public static void Wake(int* word, int count) => _ = syscall(Call, word, WakePrivate, count, null, null, 0);

    [LibraryImport("libc")]
    private static partial nint syscall(nint number, int* word, nint operation, nint value, TimeSpec* limit, int* other, nint last);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
