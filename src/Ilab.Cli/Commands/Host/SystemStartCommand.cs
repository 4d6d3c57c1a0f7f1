using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system start`.</summary>
internal static class SystemStartCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("start", "Start the service of this user\n\nDoes nothing when it is running. Prints its address.");
        command.SetAction(
            async (_, cancellationToken) =>
            {
                var endpoint = session.Endpoint();
                if (endpoint.Scheme != EndpointScheme.Unix)
                {
                    throw new IlabException(ErrorKind.InvalidArgument, $"a service at {endpoint} cannot be started from here", "start it on its own machine");
                }

                await new ServiceStarter(session.Environment).EnsureAsync(endpoint, cancellationToken);
                await session.Out.WriteLineAsync(endpoint.ToString());
                return 0;
            }
        );
        return command;
    }
}
