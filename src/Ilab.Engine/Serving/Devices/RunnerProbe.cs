using System.Diagnostics;
using Ilab.Engine.Hosting;

namespace Ilab.Engine.Serving.Devices;

/// <summary>Starts a short-lived runner that answers one question about the machine.</summary>
internal static class RunnerProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="options">Paths of the program and its libraries.</param>
    /// <param name="arguments">Verb and options; the library directory is added.</param>
    /// <param name="device">The visible device: <c>cpu</c>, or anything else to include GPUs.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    /// <returns>Its output; a process that does not exit in time is killed and counts as failed.</returns>
    public static async Task<RunnerProbeResult> AskAsync(
        EngineOptions options,
        IEnumerable<string> arguments,
        string device,
        CancellationToken cancellationToken
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        using var process = Process.Start(StartInfo(options, arguments, device))!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(patience.Token);
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return new RunnerProbeResult(process.ExitCode, output, (await error.ConfigureAwait(false)).Trim().Split('\n')[^1]);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            return new RunnerProbeResult(-1, "", "the check timed out");
        }
    }

    private static ProcessStartInfo StartInfo(EngineOptions options, IEnumerable<string> arguments, string device)
    {
        var start = new ProcessStartInfo(options.RunnerPath, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (options.NativeDirectory is { } native)
        {
            start.ArgumentList.Add("--native");
            start.ArgumentList.Add(native);
        }

        start.Environment.Clear();
        foreach (var (name, value) in RunnerEnvironment.For(device))
        {
            start.Environment[name] = value;
        }

        return start;
    }
}

/// <summary>Result of a <see cref="RunnerProbe"/>.</summary>
/// <param name="LastLine">Last line of standard error.</param>
internal sealed record RunnerProbeResult(int ExitCode, string Output, string LastLine);
