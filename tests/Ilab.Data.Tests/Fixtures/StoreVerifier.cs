using System.Security.Cryptography;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Content;
using Microsoft.Data.Sqlite;

namespace Ilab.Data.Tests.Fixtures;

/// <summary>Opens a store and compares it with what was acknowledged.</summary>
internal static class StoreVerifier
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>What is wrong; nothing when all is well.</returns>
    public static async Task<IReadOnlyList<string>> CheckAsync(string folder, Acknowledgements expected)
    {
        var problems = new List<string>();
        try
        {
            await using var service = await StoreService.OpenAsync(folder);
            CheckBlobs(service, problems);
            await CheckNamesAsync(service, expected, problems);
            await CheckJobsAsync(service, expected, problems);
        }
        catch (Exception exception) when (exception is EngineException or IOException or SqliteException or JsonException)
        {
            problems.Add($"does not open: {exception.Message}");
        }

        return problems;
    }

    private static void CheckBlobs(StoreService service, List<string> problems)
    {
        var content = service.Store.Content;
        foreach (var blob in content.Blobs())
        {
            if (Digest.Of(SHA256.HashData(File.ReadAllBytes(content.BlobPath(blob)))) != blob)
            {
                problems.Add($"the blob {blob.Short} has other bytes");
            }
        }
    }

    private static async Task CheckNamesAsync(StoreService service, Acknowledgements expected, List<string> problems)
    {
        var models = (await service.Store.Catalog.ListAsync(CancellationToken.None)).Select(static model => ("name", model.Name, model.Digest));
        var datasets = (await service.Datasets.ListAsync(CancellationToken.None)).Select(static dataset => ("data", dataset.Name, dataset.Digest));
        var actual = models
            .Concat(datasets)
            .Where(static found => found.Name.Length > 0)
            .ToDictionary(static found => (found.Item1, found.Name), static found => found.Digest.ToString());
        foreach (var (key, allowed) in expected.Names)
        {
            var value = actual.GetValueOrDefault(key, "-");
            if (!allowed.Contains(value) && !(value != "-" && allowed.Contains("*")))
            {
                problems.Add($"{key.Kind} {key.Name} is {value}, not {string.Join(" or ", allowed)}");
            }
        }

        foreach (var (kind, name) in actual.Keys)
        {
            try
            {
                using IDisposable resolved =
                    kind == "name"
                        ? await service.Store.Catalog.ResolveAsync(name, "a test", CancellationToken.None)
                        : await service.Datasets.ResolveAsync(name, "a test", CancellationToken.None);
            }
            catch (EngineException exception)
            {
                problems.Add($"{kind} {name}: {exception.Message}");
            }
        }
    }

    private static async Task CheckJobsAsync(StoreService service, Acknowledgements expected, List<string> problems)
    {
        using var deadline = new CancellationTokenSource(Patience);
        foreach (var id in expected.Jobs)
        {
            try
            {
                var job = await service.Jobs.WaitAsync(id, deadline.Token);
                if (expected.Over.TryGetValue(id, out var over) && (job.State.ToString(), job.Result) != (over.State, over.Result))
                {
                    problems.Add($"job {job.Title} is {job.State} \"{job.Result}\", not {over.State} \"{over.Result}\"");
                }

                await CheckEventsAsync(service.Jobs, job, over.Sequence, problems);
            }
            catch (EngineException exception)
            {
                problems.Add($"job {id}: {exception.Message}");
            }
        }
    }

    private static async Task CheckEventsAsync(JobManager jobs, JobRecord job, ulong acknowledged, List<string> problems)
    {
        ulong last = 0;
        var end = JobState.Queued;
        await foreach (var entry in jobs.WatchAsync(job.Id, 1, follow: false, CancellationToken.None))
        {
            if (entry.Sequence != ++last)
            {
                problems.Add($"job {job.Title}: event {entry.Sequence} follows {last - 1}");
                return;
            }

            end = entry.State?.State ?? end;
        }

        if (last < acknowledged || end != job.State)
        {
            problems.Add($"job {job.Title}: {last} events of {acknowledged}, the last state {end} of {job.State}");
        }
    }
}
