using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Runners;

internal static partial class RunnersLog
{
    [LoggerMessage(EventId = 1800, Level = LogLevel.Information, Message = "runner {Id} for {Model} started, process {Pid}")]
    public static partial void Started(ILogger logger, string id, string model, int pid);

    [LoggerMessage(EventId = 1801, Level = LogLevel.Information, Message = "runner {Id} for {Model} adopted")]
    public static partial void Adopted(ILogger logger, string id, string model);

    [LoggerMessage(EventId = 1802, Level = LogLevel.Information, Message = "stopping runner {Id} for {Model}")]
    public static partial void Stopping(ILogger logger, string id, string model);

    [LoggerMessage(EventId = 1803, Level = LogLevel.Information, Message = "runner {Id} for {Model} ended: {How}")]
    public static partial void Ended(ILogger logger, string id, string model, string how);

    [LoggerMessage(EventId = 1804, Level = LogLevel.Warning, Message = "runner {Id} is alive but unreachable: {Reason}")]
    public static partial void Unreachable(ILogger logger, string id, string reason);

    [LoggerMessage(EventId = 1805, Level = LogLevel.Warning, Message = "cannot update the spec of runner {Id}: {Reason}")]
    public static partial void SpecNotCorrected(ILogger logger, string id, string reason);

    [LoggerMessage(EventId = 1806, Level = LogLevel.Error, Message = "supervision of runner {Id} failed")]
    public static partial void SupervisionFailed(ILogger logger, string id, Exception error);
}
