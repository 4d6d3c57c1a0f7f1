using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>A question before something goes. Without a terminal nobody can answer: --force says it in advance.</summary>
internal static class Confirm
{
    public static async Task<bool> AskAsync(Session session, string what, CancellationToken cancellationToken)
    {
        if (!session.InputIsTerminal)
        {
            throw new IlabException(ErrorKind.InvalidArgument, "there is no terminal to ask on", "use --force");
        }

        await session.Error.WriteAsync($"{what} Go on? [y/N] ");
        using var input = new StreamReader(Console.OpenStandardInput());
        var answer = await input.ReadLineAsync(cancellationToken);
        return answer?.Trim().StartsWith("y", StringComparison.OrdinalIgnoreCase) == true;
    }
}
