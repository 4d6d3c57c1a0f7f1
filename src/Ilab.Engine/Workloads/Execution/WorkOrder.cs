namespace Ilab.Engine.Workloads.Execution;

/// <summary>Work to be done.</summary>
public sealed record WorkOrder
{
    /// <summary>Chosen by the one who submits: <c>job.step</c>, both of lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>What the worker does, one of <see cref="Ilab.Runner.Contract.Bundles.RunnerKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The kind's own spec as JSON; where it asks for files, names of <see cref="Inputs"/> and <see cref="Outputs"/> stand.</summary>
    public required string Parameters { get; init; }

    public IReadOnlyList<WorkInput> Inputs { get; init; } = [];

    /// <summary>Names of what comes out of it.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>How many workers that are lost are followed by another one, which goes on with what they left.</summary>
    public int Restarts { get; init; }

    /// <summary>Memory that it needs from its beginning; null = too little to speak of.</summary>
    public WorkMemory? Memory { get; init; }
}

/// <summary>Memory of a device: an executor that shares devices with others waits for it, one that queues work asks for it.</summary>
/// <param name="Device"><c>cpu</c>, <c>cuda0</c>, ...</param>
/// <param name="Bytes">At least so many; a worker that plans says how many it takes.</param>
public sealed record WorkMemory(string Device, long Bytes);

/// <summary>Bytes that go into work under a name.</summary>
/// <param name="Name">Lower-case letters, digits, points and hyphens; unique in its order.</param>
/// <param name="Open">Opens the bytes from their beginning; called by an executor that has to bring them elsewhere, perhaps more than once.</param>
public sealed record WorkInput(string Name, Func<CancellationToken, Task<Stream>> Open)
{
    /// <summary>Absolute path of an immutable file with the same bytes on the service's machine: an executor on it needs no copy. Null = there is
    /// none.</summary>
    public string? File { get; init; }

    /// <summary>Work of the same executor whose output it is; null = it comes from elsewhere. An executor that has it there moves nothing.</summary>
    public (string Work, string Output)? From { get; init; }

    /// <summary>What other work made.</summary>
    public static WorkInput Of(string name, IExecutor executor, string work, string output) =>
        new(name, cancellationToken => executor.CollectAsync(work, output, cancellationToken)) { From = (work, output) };

    /// <summary>An immutable file that stays as long as the work.</summary>
    public static WorkInput Of(string name, string path) => new(name, _ => Task.FromResult<Stream>(System.IO.File.OpenRead(path))) { File = path };
}
