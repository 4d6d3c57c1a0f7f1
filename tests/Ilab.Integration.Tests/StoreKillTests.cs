using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// kill -9 of the service while several clients write names, datasets and jobs: after each, nothing is lost that was acknowledged.
/// <c>ILAB_TEST_KILLS</c> says how often (20).
/// </summary>
public sealed class StoreKillTests : IAsyncLifetime
{
    private const string ModelPath = "/models/small.gguf";
    private const int Clients = 4;
    private const int MostWritesBetween = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("ILAB_TEST_KILLS") ?? "20", CultureInfo.InvariantCulture);

    private readonly IlabInstallation _ilab = new();
    private readonly ConcurrentDictionary<string, string> _names = new();
    private readonly ConcurrentDictionary<string, string> _datasets = new();
    private readonly ConcurrentDictionary<string, bool> _jobs = new();
    private readonly SemaphoreSlim _acknowledged = new(0);
    private ScriptedHub _hub = null!;
    private long _number;

    private Uri Url => new(_hub.Address, ModelPath);

    private int Writes => _names.Count + _datasets.Count + _jobs.Count;

    public async Task InitializeAsync()
    {
        _hub = await ScriptedHub.StartAsync();
        var file = Path.Combine(_ilab.Root, "small.gguf");
        RandomLlama.Write(file, LlamaShape.Smallest, "small");
        _hub.Put(ModelPath, await File.ReadAllBytesAsync(file));
        await _ilab.StartAsync();
        (await _ilab.RunAsync("model", "import", file, "--name", "base")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        await _hub.DisposeAsync();
        _acknowledged.Dispose();
    }

    [Fact]
    public async Task NothingAcknowledgedIsLostHoweverOftenTheServiceIsKilled()
    {
        var random = new Random(Kills);
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var client = Connect())
            {
                var writers = Enumerable.Range(0, Clients).Select(writer => Task.Run(() => WriteUntilLostAsync(client, writer))).ToArray();
                for (var wanted = random.Next(1, MostWritesBetween); wanted > 0; wanted--)
                {
                    Assert.True(await _acknowledged.WaitAsync(Patience), "no write is acknowledged any more");
                }

                await _ilab.KillAsync();
                await Task.WhenAll(writers).WaitAsync(Patience);
            }

            await _ilab.StartAsync();
            using var after = Connect();
            await CheckAsync(after, $"after kill {kill + 1} of {Kills}, {Writes} writes");
        }

        using var last = Connect();
        await CheckJobsEndAsync(last);
        CheckBlobs();
    }

    private IlabClient Connect() => IlabClient.Create(new Endpoint(EndpointScheme.Unix, _ilab.Socket));

    private async Task WriteUntilLostAsync(IlabClient client, int writer)
    {
        try
        {
            for (var round = writer; ; round++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"n{Interlocked.Increment(ref _number)}");
                await (
                    round % 4 == 0 ? SubmitAsync(client, name)
                    : round % 4 == 1 ? ImportAsync(client, name)
                    : TagAsync(client, name)
                );
                _acknowledged.Release();
            }
        }
        catch (IlabException exception) when (exception.IsConnectionLost)
        {
            // Killed; what was not acknowledged may be there or not.
        }
    }

    private async Task TagAsync(IlabClient client, string name)
    {
        var answer = await client.Models.TagAsync(new TagModelRequest { Source = "base", Target = name });
        _names[answer.Model.Name] = answer.Model.Digest;
    }

    private async Task SubmitAsync(IlabClient client, string name)
    {
        var answer = await client.Models.DownloadAsync(
            new DownloadModelRequest
            {
                Source = Url.ToString(),
                Name = "fetched/" + name,
                RequestId = name,
            }
        );
        _jobs[answer.JobId] = true;
    }

    private async Task ImportAsync(IlabClient client, string name)
    {
        using var call = client.Data.Import();
        await call.RequestStream.WriteAsync(
            new ImportDatasetRequest
            {
                Start = new ImportDatasetStart { FileName = "records.jsonl", Name = name },
            }
        );
        var record = $$"""{"messages":[{"role":"user","content":"Who is {{name}}?"},{"role":"assistant","content":"A dataset."}]}""";
        await call.RequestStream.WriteAsync(new ImportDatasetRequest { Chunk = ByteString.CopyFromUtf8(record + "\n") });
        await call.RequestStream.CompleteAsync();
        var answer = await call;
        _datasets[answer.Dataset.Name] = answer.Dataset.Digest;
    }

    private async Task CheckAsync(IlabClient client, string when)
    {
        var models = new Dictionary<string, string>();
        using (var call = client.Models.List(new ListModelsRequest()))
        {
            await foreach (var page in call.ResponseStream.ReadAllAsync())
            {
                foreach (var model in page.Models)
                {
                    models[model.Name] = model.Digest;
                }
            }
        }

        var datasets = (await client.Data.ListAsync(new ListDatasetsRequest())).Datasets.ToDictionary(
            static dataset => dataset.Name,
            static dataset => dataset.Digest
        );
        var jobs = (await client.Jobs.ListAsync(new ListJobsRequest { All = true })).Jobs.Select(static job => job.Id).ToHashSet();
        string[] lost =
        [
            .. _names.Where(name => models.GetValueOrDefault(name.Key) != name.Value).Select(static name => "name " + name.Key),
            .. _datasets.Where(dataset => datasets.GetValueOrDefault(dataset.Key) != dataset.Value).Select(static dataset => "dataset " + dataset.Key),
            .. _jobs.Keys.Where(id => !jobs.Contains(id)).Select(static id => "job " + id),
        ];
        Assert.True(lost.Length == 0, $"{when}: lost {string.Join(", ", lost)}");
    }

    /// <summary>Every job that was accepted does in the end what was asked for, however often it was interrupted.</summary>
    private async Task CheckJobsEndAsync(IlabClient client)
    {
        using var deadline = new CancellationTokenSource(Patience);
        foreach (var id in _jobs.Keys)
        {
            var ended = await client.Jobs.WaitAsync(new WaitJobRequest { Id = id }, cancellationToken: deadline.Token);
            Assert.True(ended.Job.State == JobState.Succeeded, $"job {id}: {ended.Job.State} {ended.Job.Error?.Message}");
        }
    }

    private void CheckBlobs()
    {
        var blobs = Directory.GetFiles(Path.Combine(_ilab.Root, "store", "content", "blobs", "sha256"));
        Assert.NotEmpty(blobs);
        Assert.All(
            blobs,
            static blob =>
            {
                using var file = File.OpenRead(blob);
                Assert.Equal(Path.GetFileName(blob), Convert.ToHexStringLower(SHA256.HashData(file)));
            }
        );
    }
}
