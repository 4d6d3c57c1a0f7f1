using Ilab.Native.Llama;

namespace Ilab.Runner.Processes;

/// <summary>Sharing the cores with other runners.</summary>
internal static class NativeProcess
{
    /// <summary>Computes in turn with the other processes of a folder; without one, and where it cannot be written, at any time.</summary>
    public static void TakeTurns(string? folder, int threads)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            ComputeTurns.Join(folder, threads);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"computing without turns: {exception.Message}");
        }
    }
}
