using System.ComponentModel;
using System.Diagnostics;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>What git said.</summary>
internal sealed record GitResult(int ExitCode, string Output, string Error)
{
    public bool IsGood => ExitCode == 0;

    /// <summary>The line that says what is wrong, without git's advice; the last one where none is marked.</summary>
    public string Complaint
    {
        get
        {
            var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return Array.FindLast(lines, static line => line.StartsWith("fatal: ", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? $"exit code {ExitCode}";
        }
    }
}

/// <summary>
/// The git program, in one folder. It runs here and not in the service: the tree is the caller's, as are the credentials. What a foreign repository
/// could make it execute (hooks, a file system monitor) is turned off.
/// </summary>
internal sealed class GitProgram(string folder)
{
    private static readonly string[] Safety = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"];

    /// <exception cref="IlabException">UNSUPPORTED: there is no git.</exception>
    public async Task<GitResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, .. Safety, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw new IlabException(ErrorKind.Unsupported, "git could not be started", "install git", exception);
        }

        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return new GitResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The bytes of a file in the history, such as <c>commit:path</c>.</summary>
    /// <exception cref="IlabException">It is not there, or too long.</exception>
    public async Task<byte[]> ReadAsync(string name, long most, CancellationToken cancellationToken)
    {
        var size = await RequireAsync(name, ["cat-file", "-s", name], cancellationToken);
        if (long.Parse(size, System.Globalization.CultureInfo.InvariantCulture) > most)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{name} has {size} bytes, more than {most}");
        }

        var start = new ProcessStartInfo("git", ["-C", folder, .. Safety, "cat-file", "blob", name]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var bytes = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(bytes, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? bytes.ToArray() : throw new IlabException(ErrorKind.Source, $"{name} cannot be read");
    }

    /// <summary>Its output without the last line break.</summary>
    /// <exception cref="IlabException">It said no.</exception>
    public async Task<string> RequireAsync(string what, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var result = await RunAsync(arguments, cancellationToken);
        return result.IsGood ? result.Output.TrimEnd('\n') : throw new IlabException(ErrorKind.Source, $"{what}: {result.Complaint}", "see what git says about it");
    }
}
