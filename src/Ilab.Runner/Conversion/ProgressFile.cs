using System.Diagnostics;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Runner.Conversion;

/// <summary>The progress.json of a task, written no more often than it is read.</summary>
internal sealed class ProgressFile(Bundle bundle)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private long _told = long.MinValue;

    public void Tell(long done, long total)
    {
        if (_told == long.MinValue || done == total || Stopwatch.GetElapsedTime(_told) >= Interval)
        {
            _told = Stopwatch.GetTimestamp();
            bundle.Write(TaskFiles.Progress, new TaskProgress(done, total), TaskJson.Default.TaskProgress);
        }
    }
}
