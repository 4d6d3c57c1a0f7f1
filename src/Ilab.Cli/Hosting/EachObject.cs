using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>Commands that take several objects: an error is reported and the next one follows.</summary>
internal static class EachObject
{
    /// <returns>0, or the exit code of the last error.</returns>
    public static async Task<int> RunAsync(Session session, IEnumerable<string> references, Func<string, Task> action)
    {
        var code = 0;
        foreach (var reference in references)
        {
            try
            {
                await action(reference);
            }
            catch (IlabException exception)
            {
                await session.ReportAsync(exception);
                code = exception.ExitCode;
            }
        }

        return code;
    }
}
