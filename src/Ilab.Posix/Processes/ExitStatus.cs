namespace Ilab.Posix.Processes;

/// <summary>How a child process ended: an exit code, or the signal that killed it (then the code is 128 plus the signal).</summary>
public sealed record ExitStatus(int Code, int? Signal)
{
    /// <summary>Decodes the status of <c>waitpid</c>.</summary>
    public static ExitStatus FromWait(int status) =>
        (status & 0x7f) == 0 ? new ExitStatus((status >> 8) & 0xff, null) : new ExitStatus(128 + (status & 0x7f), status & 0x7f);
}
