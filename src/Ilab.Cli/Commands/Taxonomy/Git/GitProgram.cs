using System.ComponentModel;
using System.Diagnostics;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>Result of a git command.</summary>
internal sealed record GitResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The line of standard error that states the problem: the last one marked fatal, else the last one.</summary>
    public string Complaint
    {
        get
        {
            var lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return Array.FindLast(lines, static line => line.StartsWith("fatal: ", StringComparison.Ordinal))
                ?? lines.LastOrDefault()
                ?? $"exit code {ExitCode}";
        }
    }
}

/// <summary>
/// Runs git in one directory. It runs in the client, not in the service: tree and credentials belong to the caller. Hooks and file system monitors, which a
/// foreign repository could use to execute code, are disabled.
/// </summary>
internal sealed class GitProgram(string folder)
{
    private static readonly string[] Safety = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"];

    /// <exception cref="IlabException">UNSUPPORTED: git is not installed.</exception>
    public async Task<GitResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("git", ["-C", folder, .. Safety, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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
            throw new IlabException(ErrorKind.Unsupported, "git was not found", "install git", exception);
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

    /// <summary>The content of a file in the history, such as <c>commit:path</c>.</summary>
    /// <exception cref="IlabException">It does not exist or is too large.</exception>
    public async Task<byte[]> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        var size = await RequireAsync(name, ["cat-file", "-s", name], cancellationToken);
        if (long.Parse(size, System.Globalization.CultureInfo.InvariantCulture) > maxBytes)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{name} has {size} bytes; the limit is {maxBytes}");
        }

        var start = new ProcessStartInfo("git", ["-C", folder, .. Safety, "cat-file", "blob", name])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var bytes = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(bytes, cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? bytes.ToArray() : throw new IlabException(ErrorKind.Source, $"cannot read {name}", "see 'git fsck'");
    }

    /// <summary>The output of a command that has to succeed, without the last line break.</summary>
    /// <exception cref="IlabException">The command failed.</exception>
    public async Task<string> RequireAsync(string failure, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var result = await RunAsync(arguments, cancellationToken);
        return result.Succeeded
            ? result.Output.TrimEnd('\n')
            : throw new IlabException(ErrorKind.Source, $"{failure}: {result.Complaint}", "repeat the git command for details");
    }
}
