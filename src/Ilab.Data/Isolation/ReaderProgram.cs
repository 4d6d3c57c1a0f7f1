using System.Globalization;

namespace Ilab.Data.Isolation;

/// <summary>
/// A reader process: converts a file on standard input to text on standard output. It is a separate process because no parser of untrusted files is safe from
/// deep recursion or excessive memory use, and the service must survive both.
/// </summary>
internal static class ReaderProgram
{
    /// <param name="seconds">Time limit after which the process exits by itself. Its parent enforces the limit too, unless it has died.</param>
    /// <param name="read">Throws <see cref="TooMuchOutputException"/>, or any exception for an invalid file.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string seconds, Func<Task> read, TextWriter error)
    {
        var limit = TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
        using var clock = new Timer(static _ => Environment.Exit(ReaderExit.TimedOut), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            await read().ConfigureAwait(false);
            return 0;
        }
        catch (TooMuchOutputException)
        {
            return ReaderExit.TooLong;
        }
        catch (Exception exception)
        {
            // Parsers throw all kinds of exceptions for damaged files: there is no common base class, and they wrap runtime exceptions.
            var causes = new List<Exception>();
            for (var cause = exception; cause is not null; cause = cause.InnerException)
            {
                causes.Add(cause);
            }

            if (causes.Any(static cause => cause is OutOfMemoryException or InsufficientExecutionStackException))
            {
                return ReaderExit.NoMemory;
            }

            var words = causes.Select(static cause => cause.Message.ReplaceLineEndings(" ")).Distinct();
            await error.WriteLineAsync(string.Join(": ", words)).ConfigureAwait(false);
            return ReaderExit.Unreadable;
        }
    }
}
