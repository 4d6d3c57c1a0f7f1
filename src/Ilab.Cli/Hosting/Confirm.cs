using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>Asks before something is removed or changed. Without a terminal there is nobody to ask: an option has to confirm in advance.</summary>
internal static class Confirm
{
    /// <param name="session">Where to ask.</param>
    /// <param name="what">What will happen, as a sentence.</param>
    /// <param name="option">The option that confirms in advance.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IlabException">INVALID_ARGUMENT: standard input is not a terminal.</exception>
    public static async Task<bool> AskAsync(Session session, string what, string option, CancellationToken cancellationToken)
    {
        if (!session.InputIsTerminal)
        {
            throw new IlabException(ErrorKind.InvalidArgument, "confirmation is required, and standard input is not a terminal", $"confirm with {option}");
        }

        await session.Error.WriteAsync($"{what} Continue? [y/N] ");
        using var input = StandardStreams.Reader(StandardStreams.OpenInput());
        var answer = await input.ReadLineAsync(cancellationToken);
        return answer?.Trim().StartsWith("y", StringComparison.OrdinalIgnoreCase) == true;
    }
}
