using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system start`.</summary>
internal static class SystemStartCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("start", "Start this user's service when it does not run");
        command.SetAction(async (_, cancellationToken) =>
        {
            var endpoint = session.Endpoint();
            await new ServiceStarter(session.Environment).EnsureAsync(endpoint, cancellationToken);
            await session.Out.WriteLineAsync(endpoint.ToString());
            return 0;
        });
        return command;
    }
}
