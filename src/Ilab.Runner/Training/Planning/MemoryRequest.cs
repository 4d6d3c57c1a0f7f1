using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Planning;

/// <summary>Requests memory from the service and waits for the answer.</summary>
internal static class MemoryRequest
{
    private const int Interval = 50;

    /// <param name="folder">Directory of <see cref="MemoryFiles"/>.</param>
    /// <param name="bytes">Peak memory of this process.</param>
    /// <param name="stop">Cancels the waiting.</param>
    /// <returns>False if it was cancelled.</returns>
    /// <exception cref="RunnerException">DOES_NOT_FIT, as reported by the service.</exception>
    public static bool Await(string folder, long bytes, CancellationToken stop)
    {
        var files = new MemoryFiles(folder);
        files.Clear();
        files.Ask(bytes);
        while (!files.IsAnswered)
        {
            if (stop.WaitHandle.WaitOne(Interval))
            {
                return false;
            }
        }

        return files.Refusal() is { } reason ? throw new RunnerException(RunnerErrors.DoesNotFit, reason) : true;
    }
}
