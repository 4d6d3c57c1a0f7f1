using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

internal static partial class JobsLog
{
    [LoggerMessage(1400, LogLevel.Error, "Job {Id} of kind {Kind} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string id, string kind);

    [LoggerMessage(1401, LogLevel.Warning, "What job {Id} left could not be cleared away")]
    public static partial void NotDiscarded(ILogger logger, Exception exception, string id);

    [LoggerMessage(1402, LogLevel.Warning, "That job {Id} is {State} could not be written")]
    public static partial void NotWritten(ILogger logger, Exception exception, string id, JobState state);

    [LoggerMessage(1403, LogLevel.Warning, "Folder {Folder} of a removed job could not be deleted; the next start tries again")]
    public static partial void FolderNotRemoved(ILogger logger, Exception exception, string folder);

    [LoggerMessage(1404, LogLevel.Warning, "That job {Id} is {What} could not be written")]
    public static partial void MarkNotWritten(ILogger logger, Exception exception, string id, string what);
}
