using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.CommandLine;

/// <summary>Runs one command line and returns its exit code.</summary>
internal static class CliProgram
{
    // @file and [directive] are ordinary words here: they occur in prompts.
    public static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> MainAsync(string[] args)
    {
        Failure.EndProcessOnUnhandled();
        using var interrupts = new ProcessInterrupts();
        using var session = new Session(interrupts);
        try
        {
            var code = await RunAsync(session, args, interrupts.Token);
            await session.Out.FlushAsync(interrupts.Token);
            return code;
        }
        catch (Exception exception)
        {
            var failure = Failure.Of(exception, interrupts.Token.IsCancellationRequested);
            await session.FlushQuietlyAsync();
            if (failure.Line.Length > 0)
            {
                await session.SayAsync($"Error: {failure.Line}");
            }

            return failure.ExitCode;
        }
    }

    /// <summary>Expands shortcuts, parses and runs. Errors of the command itself are thrown.</summary>
    public static async Task<int> RunAsync(Session session, IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        if (RawArguments.Problem(args) is { } garbled)
        {
            await session.SayAsync($"Error: {garbled}");
            return UsageErrors.ExitCode;
        }

        var expansion = Shortcuts.Expand(session, args);
        if (expansion.Error is { } advice)
        {
            await session.SayAsync($"Error: {advice}");
            return UsageErrors.ExitCode;
        }

        var root = CommandTree.Build(session, expansion.Args);
        var line = root.Parse(expansion.Args, Parser);
        var words = expansion.Args;
        if (await ConfigFileOptions.CompleteAsync(session, words, line, cancellationToken) is { } withFile)
        {
            words = withFile;
            line = root.Parse(words, Parser);
        }

        if (ConfiguredOptions.Complete(session, words, line) is { } withSettings)
        {
            line = root.Parse(withSettings, Parser);
        }

        if (UsageErrors.Of(line) is { } problem)
        {
            await session.SayAsync($"Error: {problem}");
            return UsageErrors.ExitCode;
        }

        session.Read(line);
        session.RunAsync = (next, token) => RunAsync(session, next, token);
        if (expansion.Hint is { } hint)
        {
            await HintMemory.ShowOnceAsync(session, hint);
        }

        var surroundings = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = session.Out,
            Error = session.Error,
        };
        return await line.InvokeAsync(surroundings, cancellationToken);
    }
}
