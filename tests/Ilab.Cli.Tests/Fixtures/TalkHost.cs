using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.Commands.Models.Inference;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>This test program, started as a process of its own, is a client with the talking verbs only: `TalkHost SOCKET VERB ...`.</summary>
public static class TalkHost
{
    public static async Task<int> Main(string[] arguments)
    {
        using IlabClient client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, arguments[0]));
        using var interrupts = new ProcessInterrupts();
        TalkContext context = TalkContext.OfProcess(new RemoteGenerations(client), interrupts);
        var root = new RootCommand
        {
            TalkVerbs.Run(_ => Task.FromResult(context)),
            TalkVerbs.Chat(_ => Task.FromResult(context)),
            TalkVerbs.Inference(_ => Task.FromResult(context)),
        };
        try
        {
            return await root.Parse(arguments[1..])
                .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupts.Token);
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
