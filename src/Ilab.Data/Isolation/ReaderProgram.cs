using System.Globalization;

namespace Ilab.Data.Isolation;

/// <summary>
/// The reading process: a file on standard input becomes text on standard output. It is a process of its own because no reader of hostile
/// files is safe from deep recursion or from needing all memory, and the service has to survive both.
/// </summary>
internal static class ReaderProgram
{
    /// <param name="seconds">After which the process ends by itself. Its parent kills it then, too, unless it is dead.</param>
    /// <param name="read">Throws <see cref="TooMuchOutputException"/>, or anything for a file that it cannot read.</param>
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
            // Readers throw whatever a damaged file leads to: there is no base class for it, and they wrap what the runtime throws.
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
