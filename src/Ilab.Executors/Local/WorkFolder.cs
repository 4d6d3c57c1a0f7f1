using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Contract.Training;

namespace Ilab.Executors.Local;

/// <summary>
/// The directory of a workload: <c>jobs/JOB/STEP</c> is the bundle of its runner (for trainings <c>jobs/JOB/runner</c>, with the output in
/// <c>jobs/JOB/train</c>), as in all earlier versions. Next to it are <c>STEP.order</c> (the work was accepted), <c>STEP.events</c> (its numbered events),
/// <c>STEP.files</c> (staged inputs and outputs) and <c>STEP.cancel</c>.
/// </summary>
internal sealed class WorkFolder
{
    private const int OldRestarts = 3;
    private const string OrderSuffix = ".order";
    private readonly string _root,
        _path,
        _step;

    public WorkFolder(string root, string id)
    {
        (var job, _step) = WorkIds.Split(id);
        (Id, _root, _path) = (id, root, Path.Combine(root, job, _step));
        Bundle = new Bundle(IsTraining ? Path.Combine(root, job, "runner") : _path);
        Journal = new WorkJournal(_path + ".events");
    }

    public string Id { get; }

    public Bundle Bundle { get; }

    public WorkJournal Journal { get; }

    /// <summary>Output directory of a training.</summary>
    public string Output => _path;

    /// <summary>The accepted order; null if there is no such work. Work of versions without orders is recognized by its spec.</summary>
    public AcceptedWork? Accepted =>
        File.Exists(OrderPath) ? JsonSerializer.Deserialize(File.ReadAllBytes(OrderPath), WorkJson.Default.AcceptedWork)
        : File.Exists(Bundle.SpecPath) ? AcceptedBefore()
        : null;

    public bool IsCancelled => File.Exists(CancelPath);

    private bool IsTraining => _step == RunnerKinds.Train;

    private string OrderPath => _path + OrderSuffix;

    private string CancelPath => _path + ".cancel";

    private string FilesPath => _path + ".files";

    /// <summary>Ids of the work that was accepted and not removed.</summary>
    public static IEnumerable<string> All(string root) =>
        from job in Directory.Exists(root) ? Directory.EnumerateDirectories(root) : []
        from order in Directory.EnumerateFiles(job, "*" + OrderSuffix)
        let id = WorkIds.Of(Path.GetFileName(job), Path.GetFileNameWithoutExtension(order))
        where WorkIds.Fits(id)
        select id;

    /// <summary>Other work on this machine.</summary>
    public WorkFolder Beside(string id) => new(_root, id);

    /// <summary>Accepts the work: writes the spec first, then the file that marks it as accepted.</summary>
    public void Accept<T>(AcceptedWork work, T spec, JsonTypeInfo<T> type)
    {
        if (Directory.Exists(Bundle.Directory))
        {
            Directory.Delete(Bundle.Directory, recursive: true);
        }

        Bundle.Create();
        Bundle.Write(BundleFiles.Spec, spec, type);
        AtomicFile.Write(OrderPath, JsonSerializer.SerializeToUtf8Bytes(work, WorkJson.Default.AcceptedWork));
    }

    /// <summary>The spec of a task; null if there is none.</summary>
    public TaskSpec? ReadTask() => Bundle.Read(BundleFiles.Spec, TaskJson.Default.TaskSpec);

    /// <summary>Makes the cancellation durable.</summary>
    public void Cancel() => AtomicFile.Write(CancelPath, []);

    /// <summary>Where staged inputs and outputs lie; it is there.</summary>
    public string FilesFolder => Directory.CreateDirectory(FilesPath).FullName;

    /// <summary>Where a staged input or an output lies.</summary>
    public string FileOf(string name) => Path.Combine(FilesFolder, name);

    /// <summary>Path of an output; null if there is none with that name.</summary>
    public string? OutputOf(string name)
    {
        if (IsTraining)
        {
            return name == TrainingFiles.Checkpoints ? NewestCheckpoint() : Existing(Path.Combine(Output, name));
        }

        // The last one is where an earlier version wrote the output.
        return Existing(Path.Combine(FilesPath, name)) ?? (name == TaskFiles.Result ? Existing(Path.Combine(_path, name)) : Existing(ReadTask()?.Output ?? ""));
    }

    /// <summary>Removes the traces of a runner, so that another one can start.</summary>
    public void ClearRunner()
    {
        File.Delete(Bundle.ExitPath);
        File.Delete(Bundle.ReadyPath);
    }

    public void Delete()
    {
        // The marker of accepted work is removed last.
        foreach (var folder in new[] { FilesPath, _path, Bundle.Directory }.Where(Directory.Exists))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in new[] { CancelPath, _path + ".events", OrderPath }.Where(File.Exists))
        {
            File.Delete(file);
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;

    private string? NewestCheckpoint()
    {
        var folder = Path.Combine(Output, TrainingFiles.Checkpoints);
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "step-*.gguf").Order(StringComparer.Ordinal).LastOrDefault() : null;
    }

    // By the steps that those services had; a spec of another step was written by one that was killed before it accepted the work.
    private AcceptedWork? AcceptedBefore() =>
        _step switch
        {
            RunnerKinds.Train => new AcceptedWork(RunnerKinds.Train, OldRestarts, new WorkMemory(Bundle.ReadSpec()?.Training?.Device ?? TrainingSpec.Cpu, 0)),
            RunnerKinds.Quantize or RunnerKinds.Merge => new AcceptedWork(_step, 0, null),
            "before" or "after" => new AcceptedWork(RunnerKinds.Perplexity, 0, null),
            _ => null,
        };
}

/// <summary>The part of an order that is needed after it was accepted.</summary>
internal sealed record AcceptedWork(string Kind, int Restarts, WorkMemory? Memory);
