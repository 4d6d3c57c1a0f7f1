using Ilab.Engine.Serving.Runners;
using Microsoft.Extensions.Logging;

namespace Ilab.Engine.Serving.Inference;

internal static partial class InferenceLog
{
    [LoggerMessage(EventId = 1900, Level = LogLevel.Warning, Message = "runner {Id} ended while the service was down; last lines of its log: {Tail}")]
    public static partial void Lost(ILogger logger, string id, string tail);

    [LoggerMessage(EventId = 1901, Level = LogLevel.Information, Message = "bundle {Id} removed: {Condition}")]
    public static partial void ClearedAway(ILogger logger, string id, BundleCondition condition);

    [LoggerMessage(EventId = 1902, Level = LogLevel.Warning, Message = "cannot record the last use of {Digest}: {Reason}")]
    public static partial void NotTouched(ILogger logger, string digest, string reason);

    [LoggerMessage(EventId = 1903, Level = LogLevel.Debug, Message = "runner {Id} does not say what it is doing: {Reason}")]
    public static partial void NoActivity(ILogger logger, string id, string reason);
}
