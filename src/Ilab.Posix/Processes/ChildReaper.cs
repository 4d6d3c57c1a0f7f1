using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>Collects the exit status of the runners this process started. The runtime's own process class reports a signal as a number
/// above 128, which is indistinguishable from an exit code; this keeps them apart.</summary>
public sealed partial class ChildReaper : IDisposable
{
    private const int NoHang = 1;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ExitStatus>> _children = new();
    private readonly PosixSignalRegistration _registration;

    public ChildReaper()
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());
    }

    /// <summary>Ends with the child's status when it has ended.</summary>
    public Task<ExitStatus> Watch(int pid)
    {
        var ended = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _children[pid] = ended;
        // It may have ended before it was in the table.
        Reap();
        return ended.Task;
    }

    public void Dispose() => _registration.Dispose();

    private void Reap()
    {
        foreach (var pid in _children.Keys)
        {
            if (WaitPid(pid, out var status, NoHang) == pid && _children.TryRemove(pid, out var ended))
            {
                ended.TrySetResult(ExitStatus.FromWait(status));
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int pid, out int status, int options);
}
