using System.CommandLine;
using System.Net.Sockets;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system dial-stdio`: connects standard input and output to the socket; ssh:// connections run it on the remote machine.</summary>
internal static class DialStdioCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("dial-stdio", "Connect standard input and output to the service") { Hidden = true };
        command.SetAction(
            async (_, cancellationToken) =>
            {
                var endpoint = session.Endpoint();
                if (endpoint.MayAutostart)
                {
                    await new ServiceStarter(session.Environment).EnsureAsync(endpoint, cancellationToken);
                }

                using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Path), cancellationToken);
                }
                catch (SocketException exception)
                {
                    throw new IlabException(
                        ErrorKind.Internal,
                        $"no ilabd listens on {endpoint}: {exception.Message}",
                        "start the service there, or name its socket in the address",
                        exception
                    );
                }

                await using var stream = new NetworkStream(socket);
                await using var input = StandardStreams.OpenInput();
                await using var output = StandardStreams.OpenOutput();
                await Task.WhenAny(input.CopyToAsync(stream, cancellationToken), stream.CopyToAsync(output, cancellationToken));
                return 0;
            }
        );
        return command;
    }
}
