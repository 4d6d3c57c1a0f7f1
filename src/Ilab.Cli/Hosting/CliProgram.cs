using System.CommandLine;
using Ilab.Cli.Chat;
using Ilab.Cli.Output;
using Ilab.Client.Errors;

namespace Ilab.Cli.Hosting;

/// <summary>From the command line to an exit code: what was meant, done, or one line saying why not.</summary>
internal static class CliProgram
{
    private const int Usage = 2;
    private const int Failure = 125;
    private const int Interrupted = 130;

    public static async Task<int> MainAsync(string[] args)
    {
        using var interrupts = new ProcessInterrupts();
        using var session = new Session(interrupts);
        try
        {
            var line = CommandTree.Build(session, args).Parse(args);
            if (line.Errors.Count > 0 && line.Action is not System.CommandLine.Help.HelpAction)
            {
                return await UsageAsync(session, line);
            }

            session.Read(line);
            var code = await line.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = session.Out, Error = session.Error }, interrupts.Token);
            await session.Out.FlushAsync();
            return code;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (IlabException exception) when (exception.ExitCode == Interrupted && interrupts.Token.IsCancellationRequested)
        {
            await session.FlushQuietlyAsync();
            return Interrupted; // who interrupts knows
        }
        catch (IlabException exception)
        {
            await session.FlushQuietlyAsync();
            await session.Error.WriteLineAsync(Line(exception));
            return exception.ExitCode;
        }
        catch (IOException exception) when (exception.HResult == StandardOutput.BrokenPipe || exception.InnerException?.HResult == StandardOutput.BrokenPipe)
        {
            return 0; // whoever read the output has seen enough
        }
        catch (IOException exception)
        {
            await session.Error.WriteLineAsync($"Error: {exception.Message.ReplaceLineEndings(" ")}");
            return Failure;
        }
    }

    public static string Line(IlabException exception) => $"Error: {exception.Message}{(exception.Hint.Length > 0 ? $"; {exception.Hint}" : "")}";

    private static async Task<int> UsageAsync(Session session, ParseResult line)
    {
        var command = line.CommandResult.Command;
        var path = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = line.CommandResult; result is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } named; result = result.Parent)
        {
            path.Insert(0, named.Command.Name);
        }

        var text = line.UnmatchedTokens.Count > 0 && command.Subcommands.Count > 0 && !line.UnmatchedTokens[0].StartsWith('-')
            ? $"\"{line.UnmatchedTokens[0]}\" is not a command of ilab{string.Concat(path.Select(static name => " " + name))}{Suggestion(command, line.UnmatchedTokens[0])}"
            : Words(line.Errors[0].Message.TrimEnd('.'));
        await session.Error.WriteLineAsync($"Error: {text}; see 'ilab{string.Concat(path.Select(static name => " " + name))} --help'");
        return Usage;
    }

    /// <summary>What kind of value was wanted, without the name of a type.</summary>
    private static string Words(string message)
    {
        var type = message.IndexOf(" as expected type", StringComparison.Ordinal);
        var wanted = type < 0 ? "" : message[type..] switch
        {
            var name when name.Contains("UInt", StringComparison.Ordinal) => ": a whole number, 0 or more, is wanted",
            var name when name.Contains("Int", StringComparison.Ordinal) => ": a whole number is wanted",
            var name when name.Contains("Single", StringComparison.Ordinal) || name.Contains("Double", StringComparison.Ordinal) => ": a number such as 0.5 or 2e-4 is wanted",
            _ => "",
        };
        return wanted.Length > 0 ? message[..type] + wanted : message;
    }

    private static string Suggestion(Command command, string word)
    {
        var best = command.Subcommands.Where(static candidate => !candidate.Hidden).SelectMany(static candidate => candidate.Aliases.Prepend(candidate.Name))
            .Select(name => (name, distance: Distance(name, word))).Where(static pair => pair.distance <= 2).OrderBy(static pair => pair.distance).Select(static pair => pair.name).FirstOrDefault();
        return best is null ? "" : $" (did you mean {best}?)";
    }

    /// <summary>Letters to change, add or drop.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[b.Length];
    }
}
