using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Planning;

/// <summary>Asks the service for memory and waits for the answer.</summary>
internal static class MemoryGrant
{
    private const int Interval = 50;

    /// <param name="folder">Of <see cref="MemoryFiles"/>.</param>
    /// <param name="bytes">What this process will have at most.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>False when it was stopped.</returns>
    /// <exception cref="RunnerException">DOES_NOT_FIT, as the service says.</exception>
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
