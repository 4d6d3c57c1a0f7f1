using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>
/// Collects the exit status of the runners started by this process. The runtime's own process class reports a signal as a number above 128, indistinguishable
/// from an exit code; this class keeps them apart.
/// </summary>
public sealed partial class ChildReaper : IDisposable
{
    private const int NoHang = 1;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<ExitStatus>> _children = new();
    private readonly PosixSignalRegistration _registration;

    public ChildReaper()
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());
    }

    /// <summary>Completes with the child's exit status.</summary>
    public Task<ExitStatus> Watch(int pid)
    {
        var ended = new TaskCompletionSource<ExitStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _children[pid] = ended;
        // It may have ended before it was registered.
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
