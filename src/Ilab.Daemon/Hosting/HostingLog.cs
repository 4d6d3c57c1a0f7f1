namespace Ilab.Daemon.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(2000, LogLevel.Information, "ilabd {Version} listening on {Socket}, store {Store}")]
    public static partial void Listening(ILogger logger, string version, string socket, string store);

    [LoggerMessage(2001, LogLevel.Information, "Adopted {Runners} runners, resuming {Jobs} jobs")]
    public static partial void Adopted(ILogger logger, int runners, int jobs);

    [LoggerMessage(2002, LogLevel.Information, "Idle for {Limit}; exiting")]
    public static partial void IdleExit(ILogger logger, TimeSpan limit);

    [LoggerMessage(2003, LogLevel.Warning, "The llama.cpp libraries cannot be used: {Problem}")]
    public static partial void NativeProblem(ILogger logger, string problem);

    [LoggerMessage(2004, LogLevel.Warning, "Cannot add the starter model to the store: {Reason}")]
    public static partial void NoStarter(ILogger logger, string reason);

    [LoggerMessage(2005, LogLevel.Information, "Repaired {Count} directories created without the x bit by an earlier version, first: {Path}")]
    public static partial void FoldersRepaired(ILogger logger, int count, string path);

    [LoggerMessage(2006, LogLevel.Information, "{What} at {Address}")]
    public static partial void TcpListening(ILogger logger, string what, string address);

    [LoggerMessage(2007, LogLevel.Warning, "{What} at {Address}: not encrypted, tokens can be read on the way; see tls-cert")]
    public static partial void InClear(ILogger logger, string what, string address);

    [LoggerMessage(2008, LogLevel.Warning, "Cannot remove files that have expired")]
    public static partial void NotExpired(ILogger logger, Exception exception);

    [LoggerMessage(2010, LogLevel.Information, "{Device} ({Name}, driver {Driver}) is available")]
    public static partial void GpuUsed(ILogger logger, string device, string name, string driver);

    [LoggerMessage(2011, LogLevel.Warning, "{Device} ({Name}) is not used: {Problem}")]
    public static partial void GpuNotUsed(ILogger logger, string device, string name, string problem);
}
