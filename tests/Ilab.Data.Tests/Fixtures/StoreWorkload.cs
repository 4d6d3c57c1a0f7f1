using System.Globalization;
using System.Text;
using Ilab.Data.Datasets;
using Ilab.Engine.Access;
using Ilab.Engine.Jobs;

namespace Ilab.Data.Tests.Fixtures;

/// <summary>
/// What the recorded process does: names, imports, jobs and datasets, several at once, with the service opened twice. It writes down what it was told is done
/// (<see cref="Acknowledgements"/>).
/// </summary>
internal sealed class StoreWorkload : IDisposable
{
    /// <summary>First argument of a test program that is to do this instead of tests.</summary>
    public const string Verb = "store-workload";

    private const int Rounds = 2;
    private const int Steps = 4;

    private readonly string _store;
    private readonly string[] _models;
    private readonly FileStream _marks;
    private readonly Lock _gate = new();

    private StoreWorkload(string store, string marks, string[] models)
    {
        (_store, _models) = (store, models);
        _marks = new FileStream(marks, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
    }

    /// <param name="arguments">The store's folder, the file that takes the acknowledgements, model files.</param>
    public static async Task RunAsync(string[] arguments)
    {
        using var workload = new StoreWorkload(arguments[0], arguments[1], arguments[2..]);
        for (var round = 0; round < Rounds; round++)
        {
            var service = await StoreService.OpenAsync(workload._store);
            await using (service)
            {
                await Task.WhenAll(
                    Task.Run(() => workload.NameAsync(service, round)),
                    Task.Run(() => workload.ImportDatasetsAsync(service, round)),
                    Task.Run(() => workload.SubmitAsync(service, round, "a")),
                    Task.Run(() => workload.SubmitAsync(service, round, "b"))
                );
            }
        }
    }

    public void Dispose() => _marks.Dispose();

    private async Task NameAsync(StoreService service, int round)
    {
        var digests = new List<string>();
        foreach (var (file, index) in _models.Select(static (file, index) => (file, index)))
        {
            var name = $"m{round}-{index}";
            Mark($"want name {name}:latest *");
            var model = await service.Store.ImportAsync(file, name);
            Mark($"have name {model.Name} {model.Digest}");
            digests.Add(model.Digest.ToString());
        }

        var catalog = service.Store.Catalog;
        for (var step = 0; step < Steps; step++)
        {
            var digest = digests[step % digests.Count];
            foreach (var name in new[] { $"t{round}-{step}:x", "moving:latest" })
            {
                Mark($"want name {name} {digest}");
                await catalog.TagAsync(digest, name, CancellationToken.None);
                Mark($"have name {name} {digest}");
            }
        }

        // One model goes altogether, its blobs with it; in the second round the same files come back.
        foreach (var name in new[] { $"t{round}-1:x", $"m{round}-{_models.Length - 1}:latest" })
        {
            Mark($"want name {name} -");
            await catalog.RemoveAsync(name, force: true, CancellationToken.None);
            Mark($"have name {name} -");
        }

        await catalog.PruneAsync(all: true, dryRun: false, before: null, CancellationToken.None);
    }

    private async Task ImportDatasetsAsync(StoreService service, int round)
    {
        for (var step = 0; step < Steps; step++)
        {
            foreach (var name in new[] { $"d{round}-{step}", "moving" })
            {
                Mark($"want data {name}:latest *");
                var import = new DatasetImport
                {
                    FileName = "records.jsonl",
                    Name = name,
                    Replace = true,
                };
                var made = await service.Importer.ImportAsync(import, Records(round, step), CancellationToken.None);
                Mark($"have data {made.Dataset.Name} {made.Dataset.Digest}");
            }
        }

        Mark($"want data d{round}-0:latest -");
        await service.Datasets.RemoveAsync($"d{round}-0", force: true, CancellationToken.None);
        Mark($"have data d{round}-0:latest -");
    }

    private async Task SubmitAsync(StoreService service, int round, string who)
    {
        for (var step = 0; step < Steps; step++)
        {
            var request = string.Create(CultureInfo.InvariantCulture, $"{(step == 2 ? "!" : "")}{who}{round}-{step}");
            var wanted = new NewJob("scripted", request, request, request, Caller.Service, new Dictionary<string, string>());
            var job = await service.Jobs.CreateAsync(wanted, CancellationToken.None);
            Mark($"job {job.Id}");
            if (step != 1) // some are not waited for: the cut finds them in any state
            {
                var over = await service.Jobs.WaitAsync(job.Id, CancellationToken.None);
                Mark($"over {over.Id} {over.State} {over.LastSequence} {over.Result}");
            }
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Records(int round, int step)
    {
        await Task.Yield();
        foreach (var line in Enumerable.Range(0, 40))
        {
            var answer = new string('x', (line * 9) + 1);
            var record = $$"""{"messages":[{"role":"user","content":"{{round}} {{step}} {{line}}?"},{"role":"assistant","content":"{{answer}}"}]}""";
            yield return Encoding.UTF8.GetBytes(record + "\n");
        }
    }

    private void Mark(string line)
    {
        lock (_gate)
        {
            _marks.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }
}
