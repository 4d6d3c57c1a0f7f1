using System.ComponentModel;
using System.Diagnostics;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config;

/// <summary>The user's editor: <c>$VISUAL</c>, else <c>$EDITOR</c>, with whatever arguments are in it.</summary>
internal static class Editor
{
    /// <summary>Opens a file and returns when the editor has ended.</summary>
    /// <exception cref="IlabException">There is none, or it ended with an error.</exception>
    public static async Task OpenAsync(Session session, string path, CancellationToken cancellationToken)
    {
        var editor = Command(session) ?? throw new IlabException(ErrorKind.InvalidArgument, "no editor is set", "set VISUAL or EDITOR, such as EDITOR=nano");
        // The shell splits what is in the variable into words, as git and crontab do.
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{editor} \"$@\"", editor, path]);
        using var process = new Process { StartInfo = start };
        using var captured = session.Interrupts.Capture(static () => { }); // Ctrl-C is the editor's
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new IlabException(ErrorKind.Unsupported, $"/bin/sh cannot be started: {exception.Message}", "", exception);
        }

        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new IlabException(
                ErrorKind.Unspecified,
                $"the editor \"{editor}\" ended with exit code {process.ExitCode}; nothing was saved",
                process.ExitCode == 127 ? "set VISUAL or EDITOR to a program that exists" : ""
            );
        }
    }

    private static string? Command(Session session) =>
        new[] { "VISUAL", "EDITOR" }.Select(session.Environment).FirstOrDefault(static command => !string.IsNullOrWhiteSpace(command));
}
