using System.ComponentModel;
using System.Diagnostics;
using Ilab.Benchmarks.Measure;

namespace Ilab.Benchmarks.Suites;

/// <summary>The peer: podman's API service on a private socket and a private store.</summary>
internal sealed class PodmanService : IAsyncDisposable
{
    private static readonly Dictionary<string, string> NoExtras = [];
    private readonly Process _process;
    private readonly string _root;

    private PodmanService(Process process, string root)
    {
        _process = process;
        _root = root;
    }

    private string Url => $"unix://{_root}/podman.sock";

    /// <returns>Null when podman is not installed or its service does not answer here.</returns>
    public static async Task<PodmanService?> TryStartAsync(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("ilab-podman-").FullName;
        try
        {
            var start = new ProcessStartInfo(
                "podman",
                [
                    "--root",
                    $"{root}/store",
                    "--runroot",
                    $"{root}/run",
                    "--storage-driver",
                    "vfs",
                    "system",
                    "service",
                    "--time",
                    "0",
                    $"unix://{root}/podman.sock",
                ]
            )
            {
                RedirectStandardError = true,
            };
            var service = new PodmanService(Process.Start(start)!, root);
            for (var attempt = 0; attempt < 100; attempt++)
            {
                if (File.Exists($"{root}/podman.sock"))
                {
                    try
                    {
                        service.Images();
                        return service;
                    }
                    catch (InvalidOperationException) when (attempt < 99)
                    {
                        // The socket is there before the service answers.
                    }
                }

                await Task.Delay(50, cancellationToken);
            }

            await service.DisposeAsync();
            return null;
        }
        catch (Win32Exception)
        {
            Directory.Delete(root, recursive: true);
            return null;
        }
    }

    public double Images() => Spawn.Milliseconds(NoExtras, "podman", "--remote", "--url", Url, "images");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
