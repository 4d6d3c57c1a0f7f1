using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Ilab.Daemon.Tests.Interop;

/// <summary>The stock gRPC library's programs in <c>grpc-js</c>.</summary>
internal static class NodeProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var deadline = new CancellationTokenSource(Patience);
        var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        return output.Trim();
    }

    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("node", arguments) { WorkingDirectory = Folder(), RedirectStandardOutput = true })!;

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, "grpc-js");
}
