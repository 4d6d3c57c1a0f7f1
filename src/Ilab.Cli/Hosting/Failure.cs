using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>How a command ends when something throws: one line and an exit code, never a stack trace.</summary>
/// <param name="ExitCode">0 for a reader that has gone.</param>
/// <param name="Line">Without <c>Error: </c>; empty = nothing to say.</param>
internal sealed record Failure(int ExitCode, string Line)
{
    private const int Defect = 125;
    private const int Interrupted = 130;

    /// <param name="exception">What ended the command.</param>
    /// <param name="interrupted">Whether the user or a signal asked for the end.</param>
    public static Failure Of(Exception exception, bool interrupted) =>
        exception switch
        {
            OperationCanceledException or IlabException { Kind: ErrorKind.Cancelled } when interrupted => new Failure(Interrupted, ""),
            OperationCanceledException => new Failure(Interrupted, "interrupted"),
            IlabException error => new Failure(error.ExitCode, error.Text),
            // ilab ... | head
            IOException { HResult: DescriptorStream.BrokenPipe } or IOException { InnerException.HResult: DescriptorStream.BrokenPipe } => new Failure(0, ""),
            IOException error => new Failure(Defect, OneLine(error.Message)),
            UnauthorizedAccessException error => new Failure(Defect, $"{OneLine(error.Message)}; check its permissions"),
            AggregateException { InnerExceptions: [var only] } => Of(only, interrupted),
            _ => new Failure(
                Defect,
                $"internal error: {exception.GetType().Name}: {OneLine(exception.Message)}; please report it with the command and the output of 'ilab version'"
            ),
        };

    /// <summary>Reports an exception that no command sees, such as one on a timer, and ends the process.</summary>
    public static void EndProcessOnUnhandled() =>
        AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) =>
        {
            var failure = Of(unhandled.ExceptionObject as Exception ?? new InvalidOperationException("unknown"), interrupted: false);
            using (var error = StandardStreams.Writer(StandardStreams.OpenError(), autoFlush: true))
            {
                error.WriteLine($"Error: {failure.Line}");
            }

            Environment.Exit(failure.ExitCode);
        };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").TrimEnd('.');
}
