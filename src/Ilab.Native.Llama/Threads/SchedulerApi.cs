using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Threads;

/// <summary>libc: scheduling of threads.</summary>
internal static unsafe partial class SchedulerApi
{
    private const int MostCpus = 8192,
        BitsOfAWord = 64;

    /// <returns>The CPUs that the calling thread may run on; null if not reported by the kernel.</returns>
    public static CpuSet? Affinity()
    {
        var words = stackalloc ulong[MostCpus / BitsOfAWord];
        new Span<ulong>(words, MostCpus / BitsOfAWord).Clear();
        if (sched_getaffinity(0, MostCpus / 8, words) < 0)
        {
            return null;
        }

        var numbers = Enumerable.Range(0, MostCpus).Where(IsSet).ToArray();
        return numbers.Length > 0 ? new CpuSet(numbers) : null;

        bool IsSet(int cpu) => (words[cpu / BitsOfAWord] >> (cpu % BitsOfAWord) & 1) != 0;
    }

    /// <summary>Whether this process has normal or higher priority (nice 0 or below).</summary>
    public static bool IsOrdinary => getpriority(0, 0) <= 0;

    /// <returns>The id of the calling thread, as in /proc/self/task.</returns>
    [LibraryImport("libc")]
    internal static partial int gettid();

    [LibraryImport("libc")]
    private static partial int getpriority(int which, uint who);

    [LibraryImport("libc")]
    private static partial int sched_getaffinity(int thread, nuint size, ulong* mask);
}
