using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Engine.Workloads.Execution;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing.Models;
using Ilab.Testing.Stores;
using Ilab.Testing.Work;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Tests.Workloads.Conversion;

/// <summary>Conversion jobs on a store of their own, with workers elsewhere that convert what they are given. Every attempt is another service.</summary>
internal sealed class ConversionFixture : ICallerFiles, IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly EventBus _events;

    public ConversionFixture()
    {
        Directory.CreateDirectory(JobFolder);
        _events = new EventBus(Store.Options, TimeProvider.System);
    }

    public StoreFixture Store { get; } = new();

    public InMemoryCluster Cluster { get; } = new();

    /// <summary>The orders of workers that have read their inputs.</summary>
    public ConcurrentQueue<WorkOrder> Orders { get; } = [];

    /// <summary>What workers do before they put their outputs there.</summary>
    public IReadOnlyList<Step> Before { get; set; } = [];

    public string JobFolder => Store.At("job");

    public static string WorkId { get; } = WorkIds.Of(new string('a', 32), RunnerKinds.Convert);

    /// <summary>A Hugging Face folder.</summary>
    public string Source(string name = "tiny-hf")
    {
        new TinyModel(new TinyModelShape()).Write(Store.At(name), shards: 2);
        return Store.At(name);
    }

    public Task<string> RunAsync(ConvertRequest request, int attempt = 1, CancellationToken stop = default) =>
        Handler().RunAsync(Context(request, attempt), stop);

    public Task DiscardAsync(ConvertRequest request) => Handler().DiscardAsync(Context(request, 1), CancellationToken.None);

    /// <summary>A service that ends while the work waits.</summary>
    public async Task LeaveAsync(ConvertRequest request)
    {
        using var stop = new CancellationTokenSource();
        var before = Orders.Count;
        var running = RunAsync(request, stop: stop.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Orders.Count == before && !running.IsCompleted)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }

    public SafeFileHandle Open(string path, uint uid) =>
        File.Exists(path) ? File.OpenHandle(path) : throw new EngineException(ErrorKind.NotFound, $"{path} is not there");

    public void Dispose()
    {
        _events.Dispose();
        Store.Dispose();
    }

    private ConvertHandler Handler() =>
        new(
            Store.Content,
            Store.Catalog,
            Store.Leases,
            this,
            new WorkRunner(new InMemoryExecutor(Cluster, RunnerKinds.Convert, Script)),
            _events,
            TimeProvider.System
        );

    private JobContext Context(ConvertRequest request, int attempt)
    {
        var job = new JobRecord
        {
            Id = new string('a', 32),
            Kind = ConvertHandler.JobKind,
            Title = "convert",
            Request = ConvertHandler.ToJson(request),
            Attempts = attempt,
            Uid = CurrentProcess.EffectiveUser,
        };
        return new JobContext(job, JobFolder, static _ => { }, static (_, _) => { }, new JobSecrets(new SecretStore("/none"), job));
    }

    private IReadOnlyList<Step> Script(WorkOrder order)
    {
        var outputs = Convert(order);
        Orders.Enqueue(order);
        return [.. Before, new Step.Put(outputs)];
    }

    private static Dictionary<string, byte[]> Convert(WorkOrder order)
    {
        var spec = JsonSerializer.Deserialize(order.Parameters, TaskJson.Default.TaskSpec)!;
        var paths = order.Inputs.ToDictionary(static input => input.Name, static input => input.File!);
        if (spec.Conversion!.IsExport)
        {
            using var export = HuggingFaceExporter.Prepare(paths[spec.Files[0]], spec.Conversion.Type);
            var folder = Directory.CreateTempSubdirectory("ilab-export-");
            export.Write(folder.FullName, static _ => { }, CancellationToken.None);
            var written = export.Files.ToDictionary(static file => file, file => File.ReadAllBytes(Path.Combine(folder.FullName, file)));
            folder.Delete(recursive: true);
            return written;
        }

        var files = spec.Conversion.Sources.ToDictionary(static file => file.Key, file => paths[file.Value]);
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(spec.Conversion.Name, files), null);
        using var bytes = new MemoryStream();
        conversion.Write(bytes, static _ => { }, CancellationToken.None);
        var gguf = bytes.ToArray();
        var told = new WrittenFile(System.Convert.ToHexStringLower(SHA256.HashData(gguf)), gguf.Length);
        return new Dictionary<string, byte[]>
        {
            [order.Outputs.Single(static output => output != TaskFiles.Result)] = gguf,
            [TaskFiles.Result] = JsonSerializer.SerializeToUtf8Bytes(told, TaskJson.Default.WrittenFile),
        };
    }
}
