namespace Ilab.Daemon.Access;

internal static partial class AccessLog
{
    [LoggerMessage(2200, LogLevel.Information, "Read the policy {Path}")]
    public static partial void PolicyRead(ILogger logger, string path);

    [LoggerMessage(2201, LogLevel.Error, "The policy cannot be used, the previous one stays in force: {Problems}")]
    public static partial void PolicyNotUsed(ILogger logger, string problems);

    [LoggerMessage(2202, LogLevel.Error, "The audit log {Path} cannot be written: {Reason}")]
    public static partial void AuditNotWritten(ILogger logger, string path, string reason);
}
