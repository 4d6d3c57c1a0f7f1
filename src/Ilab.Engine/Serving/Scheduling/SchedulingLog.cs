using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Scheduling;

internal static partial class SchedulingLog
{
    [LoggerMessage(EventId = 1700, Level = LogLevel.Error, Message = "unexpected error in the scheduler; continuing")]
    public static partial void LoopFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 1701, Level = LogLevel.Information, Message = "model {Model} is ready on runner {Id}: {Memory} bytes on {Device}")]
    public static partial void Ready(ILogger logger, string model, string id, long memory, string device);

    [LoggerMessage(EventId = 1702, Level = LogLevel.Information, Message = "model {Model} unloaded from runner {Id}: {Reason}")]
    public static partial void Unloading(ILogger logger, string model, string id, string reason);

    [LoggerMessage(EventId = 1703, Level = LogLevel.Warning, Message = "lost model {Model} on runner {Id}: {How}; last lines of its log: {Tail}")]
    public static partial void Lost(ILogger logger, string model, string id, string how, string tail);

    [LoggerMessage(EventId = 1704, Level = LogLevel.Warning, Message = "model {Model} cannot be loaded: {Reason}")]
    public static partial void LoadFailed(ILogger logger, string model, string reason);

    [LoggerMessage(EventId = 1705, Level = LogLevel.Warning, Message = "cannot stop runner {Id}")]
    public static partial void StopFailed(ILogger logger, string id, Exception error);
}
