using Ilab.Benchmarks.Measure;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// Whole-process time of the two commonest commands with the service running, run in turn with <c>podman --remote images</c> against
/// <c>podman system service</c> where podman is installed; size of the client; memory of the idle service.
/// </summary>
internal sealed class StartupSuite : ISuite
{
    private const int Runs = 60;

    public string Name => "startup";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        await using var podman = await PodmanService.TryStartAsync(cancellationToken);

        Sample version = new(),
            list = new(),
            peer = new();
        for (var run = -3; run < Runs; run++)
        {
            var (a, b) = (
                Spawn.Milliseconds(installation.Environment, installation.Client, "version"),
                Spawn.Milliseconds(installation.Environment, installation.Client, "model", "ls")
            );
            var c = podman?.Images();
            if (run >= 0)
            {
                version.Add(a);
                list.Add(b);
                if (c is { } milliseconds)
                {
                    peer.Add(milliseconds);
                }
            }
        }

        report.Add("`ilab version`, whole process", version, "ms", "<= 12 ms", version.Median <= 12);
        report.Add("`ilab model ls`, whole process", list, "ms", "<= 12 ms", list.Median <= 12);
        if (podman is null)
        {
            Console.Error.WriteLine("  podman is not installed: no peer measured");
        }
        else
        {
            report.Add("`podman --remote images`, whole process", peer, "ms");
            var ratio = Sample.MedianRatio(list, peer);
            report.Add("`ilab model ls` / `podman --remote images`", ratio, "x", "<= 0.5 x", ratio <= 0.5);
            ratio = Sample.MedianRatio(version, peer);
            report.Add("`ilab version` / `podman --remote images`", ratio, "x", "<= 0.5 x", ratio <= 0.5);
        }

        var size = new FileInfo(installation.Client).Length / 1e6;
        report.Add("size of `ilab`", size, "MB", "< 12 MB", size < 12);
        var resident = ResidentMegabytes(installation.ServicePid);
        report.Add("`ilabd` idle, resident", resident, "MB", "< 150 MB", resident < 150);
    }

    private static double ResidentMegabytes(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
