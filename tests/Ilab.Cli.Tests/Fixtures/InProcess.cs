using Ilab.Cli.Chat;
using Ilab.Cli.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Tests.Fixtures;

/// <summary>Runs command lines inside this process, as far as they need no service.</summary>
internal static class InProcess
{
    /// <summary>Settings of whoever runs the tests are none of theirs.</summary>
    private const string Nowhere = "/nonexistent/ilab";

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, Func<string, string?>? environment = null)
    {
        using var interrupts = new ProcessInterrupts();
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        using var session = Session(interrupts, output, error, environment);
        var code = await CliProgram.RunAsync(session, arguments, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A session that is not on a terminal and has an empty environment unless one is given.</summary>
    public static Session Session(ProcessInterrupts interrupts, TextWriter output, TextWriter error, Func<string, string?>? environment = null) =>
        new(interrupts)
        {
            Out = output,
            Error = error,
            OutIsTerminal = false,
            ErrorIsTerminal = false,
            InputIsTerminal = false,
            Environment = environment ?? (static name => name == "ILAB_ROOT" ? Nowhere : null),
        };
}
