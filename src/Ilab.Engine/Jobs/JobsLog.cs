using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Jobs;

internal static partial class JobsLog
{
    [LoggerMessage(1400, LogLevel.Error, "Job {Id} of kind {Kind} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string id, string kind);

    [LoggerMessage(1401, LogLevel.Warning, "What job {Id} left could not be cleared away")]
    public static partial void NotDiscarded(ILogger logger, Exception exception, string id);

    [LoggerMessage(1402, LogLevel.Warning, "No space to write that job {Id} is {State}")]
    public static partial void NotWritten(ILogger logger, string id, JobState state);
}
