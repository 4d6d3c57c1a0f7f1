using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Events;

internal static partial class EventsLog
{
    [LoggerMessage(1500, LogLevel.Warning, "Events cannot be written to {Path}; keeping them in memory until it is writable")]
    public static partial void NotWritten(ILogger logger, Exception exception, string path);
}
