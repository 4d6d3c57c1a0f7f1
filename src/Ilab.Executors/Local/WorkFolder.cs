using System.Text;
using Ilab.Engine.Workloads.Execution;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;

namespace Ilab.Executors.Local;

/// <summary>
/// Where work lies on this machine: <c>jobs/JOB/STEP</c> is the bundle of its runner, as services since the first one have had it, and beside it lie
/// <c>STEP.kind</c> (its presence says that the work was accepted), <c>STEP.events</c> (the numbered events), <c>STEP.files</c> (staged inputs and outputs) and <c>STEP.cancel</c>.
/// </summary>
internal sealed class WorkFolder
{
    private readonly string _root, _path;

    public WorkFolder(string root, string id)
    {
        var (job, step) = WorkIds.Split(id);
        (Id, _root) = (id, root);
        _path = Path.Combine(root, job, step);
        Bundle = new Bundle(_path);
        Journal = new WorkJournal(_path + ".events");
    }

    public string Id { get; }

    public Bundle Bundle { get; }

    public WorkJournal Journal { get; }

    /// <summary>What the runner is asked to do; null = there is no such work. Bundles of services that kept no events are known by their spec.</summary>
    public string? Kind => File.Exists(KindPath) ? File.ReadAllText(KindPath) : File.Exists(Bundle.SpecPath) ? KindOfStep() : null;

    public bool IsCancelled => File.Exists(CancelPath);

    private string KindPath => _path + ".kind";

    private string CancelPath => _path + ".cancel";

    private string FilesPath => _path + ".files";

    /// <summary>Other work on this machine.</summary>
    public WorkFolder Beside(string id) => new(_root, id);

    /// <summary>Makes the work known: spec first, then what says that it is there.</summary>
    public void Accept(string kind, TaskSpec spec)
    {
        if (Directory.Exists(Bundle.Directory))
        {
            Directory.Delete(Bundle.Directory, recursive: true);
        }

        Bundle.Create();
        Bundle.Write(BundleFiles.Spec, spec, TaskJson.Default.TaskSpec);
        AtomicFile.Write(KindPath, Encoding.UTF8.GetBytes(kind));
    }

    /// <summary>The spec as it was accepted.</summary>
    public TaskSpec? ReadSpec() => Bundle.Read(BundleFiles.Spec, TaskJson.Default.TaskSpec);

    public void Cancel()
    {
        if (Kind is not null)
        {
            AtomicFile.Write(CancelPath, []);
        }
    }

    /// <summary>Where a staged input or an output lies.</summary>
    public string FileOf(string name)
    {
        Directory.CreateDirectory(FilesPath);
        return Path.Combine(FilesPath, name);
    }

    /// <summary>Path of an output; null when there is none of that name.</summary>
    public string? OutputOf(string name) => new[] { Path.Combine(FilesPath, name), name == TaskFiles.Result ? Path.Combine(_path, name) : null, OutputOfSpec() }
        .FirstOrDefault(static path => path is { Length: > 0 } && File.Exists(path));

    public void Delete()
    {
        foreach (var folder in new[] { FilesPath, _path })
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        foreach (var file in new[] { CancelPath, _path + ".events", KindPath }.Where(File.Exists))
        {
            File.Delete(file);
        }
    }

    // Where an earlier service wanted the output.
    private string? OutputOfSpec() => ReadSpec()?.Output;

    private string KindOfStep() => WorkIds.Split(Id).Step is var step && step is RunnerKinds.Quantize or RunnerKinds.Merge ? step : RunnerKinds.Perplexity;
}
