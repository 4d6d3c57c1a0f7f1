using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Benchmarks.Measure;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Suites;

/// <summary><c>ilab model ls</c> as a whole process, with ten thousand models in the store.</summary>
internal sealed class ListSuite : ISuite
{
    private const int Models = 10_000;
    private const int AtOnce = 8;
    private const int Runs = 30;

    public string Name => "ls";

    public async Task RunAsync(Report report, CancellationToken cancellationToken)
    {
        await using var installation = new Installation();
        await installation.StartAsync(cancellationToken);
        using (var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket)))
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, Models),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                (index, token) => ImportAsync(client, installation.Root, index, token)
            );
        }

        Sample list = new();
        for (var run = -3; run < Runs; run++)
        {
            var milliseconds = Spawn.Milliseconds(installation.Environment, installation.Client, "model", "ls");
            if (run >= 0)
            {
                list.Add(milliseconds);
            }
        }

        report.Add("`ilab model ls` with 10,000 models, whole process", list, "ms", "< 60 ms", list.Median < 60);
    }

    private static async ValueTask ImportAsync(IlabClient client, string folder, int index, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, $"distinct-{index}.gguf");
        BenchmarkModels.WriteDistinct(file, index);
        using var call = client.Models.Import(new ImportModelRequest { Path = file, Name = $"many/model-{index}" }, cancellationToken: cancellationToken);
        await foreach (var _ in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            // Only the end counts.
        }

        File.Delete(file);
    }
}
