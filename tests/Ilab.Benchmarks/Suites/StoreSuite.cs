using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary>
/// How long durable writes take: naming a model and submitting a job, by one client and by eight at once, and what a list costs beside them. Measured through
/// gRPC, with every acknowledged write on disk.
/// </summary>
internal sealed class StoreSuite : ISuite
{
    private const int Clients = 8;
    private const int WarmUp = 20;
    private const int Writes = 400;
    private const double Bar = 20;

    private int _number;

    public string Name => "store";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var hub = await ScriptedHub.StartAsync(); // jobs that are submitted look for a file that it does not have, and end
        await using var ilab = Installed();
        await ilab.StartAsync();
        var file = Path.Combine(ilab.Root, "base.gguf");
        BenchmarkModels.WriteDistinct(file, 1);
        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, ilab.Socket));
        using (var call = client.Models.Import(new ImportModelRequest { Path = file, Name = "base" }, cancellationToken: cancellationToken))
        {
            await foreach (var _ in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                // Only the end counts.
            }
        }

        Func<Task> tag = async () =>
            await client.Models.TagAsync(new TagModelRequest { Source = "base", Target = Next() }, cancellationToken: cancellationToken);
        var source = new Uri(hub.Address, "/none.gguf").ToString();
        Func<Task> submit = async () =>
            await client.Models.DownloadAsync(
                new DownloadModelRequest
                {
                    Source = source,
                    Name = Next(),
                    RequestId = Next(),
                },
                cancellationToken: cancellationToken
            );
        Func<Task> list = () => ListAsync(client, cancellationToken);
        foreach (var (what, write) in new[] { ("tag", tag), ("submit a job", submit) })
        {
            await MeasureAsync(write, 1, WarmUp);
            foreach (var clients in new[] { 1, Clients })
            {
                // Eight that submit as fast as they can compete with the jobs that they submitted: that is the machine's speed, not the store's.
                double? bar = clients > 1 && write == submit ? null : Bar;
                Add(report, string.Create(CultureInfo.InvariantCulture, $"{what}, {clients} at once"), await MeasureAsync(write, clients, Writes), bar);
            }
        }

        // What the machine takes for a call that writes nothing, and the disk for an fsync alone.
        Func<Task> empty = async () => await client.System.VersionAsync(new VersionRequest(), cancellationToken: cancellationToken);
        foreach (var clients in new[] { 1, Clients })
        {
            Add(
                report,
                string.Create(CultureInfo.InvariantCulture, $"call that writes nothing, {clients} at once"),
                await MeasureAsync(empty, clients, Writes),
                null
            );
        }

        Add(report, "fsync of 4 KiB on the same disk", Fsyncs(ilab.Root), null);
        Add(report, "list of models, alone", await MeasureAsync(list, 1, Writes / 4), null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = Enumerable.Range(0, Clients).Select(_ => Task.Run(() => RepeatAsync(tag, stop.Token), CancellationToken.None)).ToArray();
        Add(report, string.Create(CultureInfo.InvariantCulture, $"list of models, beside {Clients} that tag"), await MeasureAsync(list, 1, Writes / 4), null);
        await stop.CancelAsync();
        await Task.WhenAll(writing);
    }

    /// <summary>The installation if there is one, else what the ordinary build made.</summary>
    private static IlabInstallation Installed()
    {
        var folder = Path.Combine(TestPaths.Repository, "artifacts", "dist");
        return Directory.Exists(folder)
            ? new IlabInstallation { Client = Path.Combine(folder, "bin", "ilab"), Service = Path.Combine(folder, "lib", "ilab", "ilabd") }
            : new IlabInstallation();
    }

    private static void Add(Report report, string what, Sample sample, double? bar)
    {
        var p95 = sample.Percentile(0.95);
        report.Add($"{what}: p50", sample, "ms");
        report.Add(
            $"{what}: p95",
            p95,
            "ms",
            bar is { } limit ? string.Create(CultureInfo.InvariantCulture, $"< {limit} ms") : "",
            bar is null ? null : p95 < bar
        );
    }

    private static async Task<Sample> MeasureAsync(Func<Task> work, int clients, int count)
    {
        var times = await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var own = new List<double>();
                        for (var run = 0; run < count / clients; run++)
                        {
                            var started = Stopwatch.GetTimestamp();
                            await work();
                            own.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                        }

                        return own;
                    })
                )
        );
        var sample = new Sample();
        foreach (var time in times.SelectMany(static own => own))
        {
            sample.Add(time);
        }

        return sample;
    }

    private static Sample Fsyncs(string folder)
    {
        var sample = new Sample();
        using var file = new FileStream(Path.Combine(folder, "fsync"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        for (var run = 0; run < Writes; run++)
        {
            var started = Stopwatch.GetTimestamp();
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
            sample.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return sample;
    }

    private static async Task RepeatAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await work();
        }
    }

    private static async Task ListAsync(IlabClient client, CancellationToken cancellationToken)
    {
        using var call = client.Models.List(new ListModelsRequest(), cancellationToken: cancellationToken);
        await foreach (var _ in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            // Read to its end.
        }
    }

    private string Next() => string.Create(CultureInfo.InvariantCulture, $"n{Interlocked.Increment(ref _number)}");
}
