using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system stop`: stops the service and, unless told otherwise, unloads its models.</summary>
internal static class SystemStopCommand
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    public static Command Create(Session session)
    {
        var keep = new Option<bool>("--keep-models") { Description = "Keep models loaded; the next service adopts them" };
        var command = new Command("stop", "Stop the service\n\nRunning jobs resume when it starts again.") { keep };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var endpoint = session.Endpoint();
                if (endpoint.Scheme == EndpointScheme.Unix && !ServiceStarter.Answers(endpoint.Path))
                {
                    return 0; // already stopped
                }

                var client = await session.ClientAsync(cancellationToken, start: false);
                await client.System.ShutdownAsync(new ShutdownRequest { StopRunners = !line.GetValue(keep) }, cancellationToken: cancellationToken);
                var started = TimeProvider.System.GetTimestamp();
                while (
                    endpoint.Scheme == EndpointScheme.Unix && ServiceStarter.Answers(endpoint.Path) && TimeProvider.System.GetElapsedTime(started) < StopTimeout
                )
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
                }

                return 0;
            }
        );
        return command;
    }
}
