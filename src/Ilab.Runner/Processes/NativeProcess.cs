using Ilab.Native.Llama.Threads;

namespace Ilab.Runner.Processes;

/// <summary>Coordinates CPU use with other programs and runners.</summary>
internal static class NativeProcess
{
    /// <summary>
    /// Adapts the number of threads to the available CPU time, and takes turns computing with other runners through a directory; without one, or if it is not
    /// writable, there are no turns.
    /// </summary>
    /// <param name="threads">Maximum number of threads; 0 = no limit.</param>
    /// <returns>The current maximum.</returns>
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
