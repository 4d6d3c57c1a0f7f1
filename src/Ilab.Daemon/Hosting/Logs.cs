using Ilab.Configuration.Service;
using Microsoft.Extensions.Logging.Console;

namespace Ilab.Daemon.Hosting;

/// <summary>Logging of the service: lines on stderr, with journal priorities under systemd, or JSON.</summary>
internal static class Logs
{
    public static void Configure(ILoggingBuilder logging, ServiceOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.LogLevel);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical); // why it does not start is said in the last line
        logging.AddFilter("Grpc", LogLevel.Warning); // each call has its line already, and one that is cancelled would have a stack trace
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (options.JsonLog)
        {
            logging.AddJsonConsole(static json => json.UseUtcTimestamp = true);
        }
        else if (Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 })
        {
            logging.AddSystemdConsole();
        }
        else
        {
            logging.AddSimpleConsole(static line =>
            {
                line.SingleLine = true;
                line.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                line.UseUtcTimestamp = true;
                line.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }
    }
}
