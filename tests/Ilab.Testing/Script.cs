using System.Diagnostics;

namespace Ilab.Testing;

/// <summary>Programs that a test starts and waits for.</summary>
public static class Script
{
    /// <param name="program">Its path.</param>
    /// <param name="variables">The whole environment of the program; null = that of this process.</param>
    /// <param name="arguments">Of the program.</param>
    public static async Task<CommandResult> RunAsync(string program, IReadOnlyDictionary<string, string>? variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (variables is not null)
        {
            start.Environment.Clear();
            foreach (var (name, value) in variables)
            {
                start.Environment[name] = value;
            }
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }

    /// <summary>Writes a program.</summary>
    public static string Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return path;
    }
}
