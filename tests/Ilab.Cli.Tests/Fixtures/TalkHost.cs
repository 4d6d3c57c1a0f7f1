using System.CommandLine;
using System.Net.Sockets;
using Grpc.Net.Client;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Model.Inference;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>This test program, started as a process of its own, is a client with the talking verbs only: `TalkHost SOCKET VERB ...`.</summary>
public static class TalkHost
{
    public static async Task<int> Main(string[] arguments)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(arguments[0]), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using GrpcChannel channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler });
        using var interrupts = new ProcessInterrupts();
        var service = new RemoteGenerations(new InferenceService.InferenceServiceClient(channel), new ModelService.ModelServiceClient(channel));
        TalkContext context = TalkContext.OfProcess(service, interrupts);
        var root = new RootCommand { TalkVerbs.Run(_ => context), TalkVerbs.Chat(_ => context), TalkVerbs.Inference(_ => context) };
        try
        {
            return await root.Parse(arguments[1..]).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupts.Token);
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (IlabException e)
        {
            await Console.Error.WriteLineAsync("Error: " + e.Message + (e.Hint.Length > 0 ? "; " + e.Hint : ""));
            return e.ExitCode;
        }
    }
}
