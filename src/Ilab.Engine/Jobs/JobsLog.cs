using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

internal static partial class JobsLog
{
    [LoggerMessage(1400, LogLevel.Error, "Job {Id} of kind {Kind} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string id, string kind);

    [LoggerMessage(1401, LogLevel.Warning, "Cannot clean up after job {Id}")]
    public static partial void NotDiscarded(ILogger logger, Exception exception, string id);

    [LoggerMessage(1402, LogLevel.Warning, "Cannot record the state {State} of job {Id}")]
    public static partial void NotWritten(ILogger logger, Exception exception, string id, JobState state);

    [LoggerMessage(1403, LogLevel.Warning, "Cannot delete the directory {Folder} of a removed job; retrying at the next start")]
    public static partial void FolderNotRemoved(ILogger logger, Exception exception, string folder);

    [LoggerMessage(1404, LogLevel.Warning, "Cannot record that job {Id} is {What}")]
    public static partial void MarkNotWritten(ILogger logger, Exception exception, string id, string what);
}
