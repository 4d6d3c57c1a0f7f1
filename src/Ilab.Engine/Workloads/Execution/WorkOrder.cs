namespace Ilab.Engine.Workloads.Execution;

/// <summary>Describes a workload.</summary>
public sealed record WorkOrder
{
    /// <summary>Chosen by the submitter: <c>job.step</c>, both consisting of lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>The type of workload, one of <see cref="Ilab.Runner.Contract.Bundles.RunnerKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The spec, as JSON specific to the kind; files are referenced by names of <see cref="Inputs"/> and <see cref="Outputs"/>.</summary>
    public required string Parameters { get; init; }

    public IReadOnlyList<WorkInput> Inputs { get; init; } = [];

    /// <summary>Names of the outputs.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How many times a lost worker is replaced by another one, which resumes from what it left.</summary>
    public int Restarts { get; init; }

    /// <summary>Memory needed from the start; null = negligible.</summary>
    public WorkMemory? Memory { get; init; }
}

/// <summary>Device memory: an executor that shares devices waits for it, one that uses a queue requests it.</summary>
/// <param name="Device"><c>cpu</c>, <c>cuda0</c>, ...</param>
/// <param name="Bytes">Lower bound; a worker that plans its memory requests the rest.</param>
public sealed record WorkMemory(string Device, long Bytes);

/// <summary>A named input of a workload.</summary>
/// <param name="Name">Lower-case letters, digits, dots and hyphens; unique within the order.</param>
/// <param name="Open">Opens the data from the beginning; called by executors that have to transfer it, possibly more than once.</param>
public sealed record WorkInput(string Name, Func<CancellationToken, Task<Stream>> Open)
{
    /// <summary>Absolute path of an immutable local file with the same content, so that a local executor needs no copy. Null = none.</summary>
    public string? File { get; init; }

    /// <summary>The workload of the same executor whose output this is, so that nothing needs to be transferred; null = from elsewhere.</summary>
    public (string Work, string Output)? From { get; init; }

    /// <summary>An output of another workload.</summary>
    public static WorkInput Of(string name, IExecutor executor, string work, string output) =>
        new(name, cancellationToken => executor.CollectAsync(work, output, cancellationToken)) { From = (work, output) };

    /// <summary>An immutable file that exists as long as the work.</summary>
    public static WorkInput Of(string name, string path) => new(name, _ => Task.FromResult<Stream>(System.IO.File.OpenRead(path))) { File = path };
}
