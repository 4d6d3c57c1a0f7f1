using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Processes;

/// <summary>What this process announces when it is up.</summary>
internal static class ReadyFiles
{
    /// <param name="socket">Absolute path; empty = no socket.</param>
    public static RunnerReady Of(string socket, IReadOnlyList<string> capabilities) =>
        new()
        {
            Protocol = RunnerSpec.ProtocolVersion,
            Pid = Environment.ProcessId,
            StartTime = CurrentProcess.StartTime(),
            BootId = Boot.Id,
            Socket = socket,
            Capabilities = capabilities,
        };
}
