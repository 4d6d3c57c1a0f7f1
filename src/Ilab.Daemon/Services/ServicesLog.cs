namespace Ilab.Daemon.Services;

internal static partial class ServicesLog
{
    [LoggerMessage(2100, LogLevel.Debug, "{Method} by uid {Uid}: {Outcome} in {Milliseconds:0.0} ms")]
    public static partial void Called(ILogger logger, string method, uint uid, string outcome, double milliseconds);

    [LoggerMessage(2101, LogLevel.Error, "{Method} failed, log id {Id}")]
    public static partial void Defect(ILogger logger, Exception exception, string method, string id);
}
