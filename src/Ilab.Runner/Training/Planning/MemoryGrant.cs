using System.Globalization;
using System.Text;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Planning;

/// <summary>Asks the service for memory through two files, so that it does not matter whether the service that answers is the one that was asked.</summary>
internal static class MemoryGrant
{
    private const int Interval = 50;

    /// <param name="folder">Where <c>memory.wanted</c> is written and <c>memory.granted</c> appears.</param>
    /// <param name="bytes">What this process will have at most.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <returns>False when it was stopped.</returns>
    /// <exception cref="RunnerException">DOES_NOT_FIT, as the service says.</exception>
    public static bool Await(string folder, long bytes, CancellationToken stop)
    {
        var (wanted, granted) = (Path.Combine(folder, "memory.wanted"), Path.Combine(folder, "memory.granted"));
        File.Delete(wanted);
        File.Delete(granted);
        using (var file = new FileStream(wanted + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            file.Write(Encoding.UTF8.GetBytes(bytes.ToString(CultureInfo.InvariantCulture)));
            file.Flush(flushToDisk: true);
        }

        File.Move(wanted + ".tmp", wanted);
        while (!File.Exists(granted))
        {
            if (stop.WaitHandle.WaitOne(Interval))
            {
                return false;
            }
        }

        return File.ReadAllText(granted).Split('\n', 2) is ["refused", var reason] ? throw new RunnerException("DOES_NOT_FIT", reason) : true;
    }
}
