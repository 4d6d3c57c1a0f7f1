using System.CommandLine;
using System.Net.Sockets;
using Ilab.Cli.Hosting;
using Ilab.Client.Autostart;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system dial-stdio`: standard input and output become the socket; what ssh:// connections run on the other machine.</summary>
internal static class DialStdioCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("dial-stdio", "Connect standard input and output to the service") { Hidden = true };
        command.SetAction(async (_, cancellationToken) =>
        {
            var endpoint = session.Endpoint();
            if (endpoint.MayAutostart)
            {
                await new ServiceStarter(session.Environment).EnsureAsync(endpoint, cancellationToken);
            }

            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(endpoint.Path), cancellationToken);
            await using var stream = new NetworkStream(socket);
            await using var input = Console.OpenStandardInput();
            await using var output = Console.OpenStandardOutput();
            await Task.WhenAny(input.CopyToAsync(stream, cancellationToken), stream.CopyToAsync(output, cancellationToken));
            return 0;
        });
        return command;
    }
}
