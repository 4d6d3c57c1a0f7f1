using Ilab.Native.Llama.Threads;

namespace Ilab.Runner.Processes;

/// <summary>Sharing the CPUs with other programs and other runners.</summary>
internal static class NativeProcess
{
    /// <summary>Has the number of threads follow what the machine has to give, and computes in turn with the other processes of a folder; without one, and
    /// where it cannot be written, at any time.</summary>
    /// <param name="threads">At most; 0 = as many as the machine gives.</param>
    /// <returns>How many there may be at the moment.</returns>
    public static int GovernThreads(int threads, string? folder)
    {
        try
        {
            return ComputeThreads.Govern(threads, folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"cannot coordinate with other runners, computing anyway: {exception.Message}");
            return ComputeThreads.Govern(threads);
        }
    }
}
