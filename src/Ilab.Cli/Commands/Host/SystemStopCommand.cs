using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system stop`: the service and, unless told otherwise, the models that it has loaded.</summary>
internal static class SystemStopCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Command Create(Session session)
    {
        var keep = new Option<bool>("--keep-models") { Description = "Leave loaded models for the next service" };
        var command = new Command("stop", "Stop the service") { keep };
        command.SetAction(async (line, cancellationToken) =>
        {
            var endpoint = session.Endpoint();
            if (endpoint.Scheme == EndpointScheme.Unix && !ServiceStarter.Answers(endpoint.Path))
            {
                return 0; // what is to be so is so
            }

            var client = await session.ClientAsync(cancellationToken, start: false);
            await client.System.ShutdownAsync(new ShutdownRequest { StopRunners = !line.GetValue(keep) }, cancellationToken: cancellationToken);
            var started = TimeProvider.System.GetTimestamp();
            while (endpoint.Scheme == EndpointScheme.Unix && ServiceStarter.Answers(endpoint.Path) && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            }

            return 0;
        });
        return command;
    }
}
