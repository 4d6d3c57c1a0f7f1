using Microsoft.Extensions.Logging;

namespace Ilab.Http;

internal static partial class HttpLog
{
    [LoggerMessage(2300, LogLevel.Debug, "{Operation}: {Outcome} after {Milliseconds:0.0} ms")]
    public static partial void Called(ILogger logger, string operation, string outcome, double milliseconds);

    [LoggerMessage(2301, LogLevel.Error, "{Operation} failed (log id {Id})")]
    public static partial void Defect(ILogger logger, Exception exception, string operation, string id);
}
