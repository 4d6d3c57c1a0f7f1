using System.Diagnostics;
using Ilab.Benchmarks.Measure;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>Import of a 1 GiB model on one filesystem: time beside <c>sha256sum</c> of the same file, and the disk it takes.</summary>
internal sealed class ImportSuite : ISuite
{
    private const int Runs = 5;

    public string Name => "import";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        var file = Path.Combine(installation.Root, "one-gib.gguf");
        BenchmarkModels.WriteOfSize(file, 1L << 30);
        Console.Error.WriteLine($"  {new FileInfo(file).Length / 1048576.0:0} MiB written");
        Spawn.Milliseconds(installation.Environment, "sha256sum", file);

        Sample import = new(),
            sum = new();
        var before = Used(installation.Root);
        long taken = 0;
        for (var run = 0; run < Runs; run++)
        {
            sum.Add(Spawn.Milliseconds(installation.Environment, "sha256sum", file) / 1000);
            import.Add(Spawn.Milliseconds(installation.Environment, installation.Client, "model", "import", file, "--name", $"big:{run}") / 1000);
            taken = Used(installation.Root) - before;
            await installation.RunAsync(["model", "rm", $"big:{run}"], cancellationToken);
        }

        report.Add("import of 1 GiB", import, "s");
        report.Add("`sha256sum` of it", sum, "s");
        var ratio = Sample.MedianRatio(import, sum);
        report.Add("import / `sha256sum`", ratio, "x", "<= 1.2 x", ratio <= 1.2);
        report.Add("disk taken by the import", taken / 1e6, "MB", "no second copy", taken < 64 << 20);
    }

    private static long Used(string folder)
    {
        using var du = Process.Start(new ProcessStartInfo("du", ["-sB1", folder]) { RedirectStandardOutput = true })!;
        return long.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
