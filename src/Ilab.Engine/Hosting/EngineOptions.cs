namespace Ilab.Engine.Hosting;

/// <summary>Where the engine keeps things and how it behaves. Filled by the host; immutable afterwards.</summary>
public sealed record EngineOptions
{
    /// <summary>A device is chosen for each model.</summary>
    public const string AutoDevice = "auto";

    /// <summary>Absolute folder of content, database and jobs (<c>content/ ilab.db jobs/</c>).</summary>
    public required string StoreDirectory { get; init; }

    /// <summary>Absolute folder of sockets and runner bundles (<c>runners/&lt;id&gt;/</c>).</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>Folder by which runners on the same cores take turns.</summary>
    public string TurnsDirectory => Path.Combine(RuntimeDirectory, "turns");

    /// <summary>The <c>ilab-runner</c> program.</summary>
    public required string RunnerPath { get; init; }

    /// <summary>Folder with the llama.cpp libraries; null lets the runner look beside itself.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Whether and how matrix products on the CPU are sped up.</summary>
    public AcceleratorMode Accelerator { get; init; }

    /// <summary>Bytes that the accelerator's copies of a model's weights may take.</summary>
    public long AcceleratorMemory { get; init; } = long.MaxValue;

    /// <summary>Folder with oneDNN; null = the system's.</summary>
    public string? OneDnnDirectory { get; init; }

    /// <summary>How long an idle model stays loaded when a request does not say; negative = for ever.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a generation goes on with nobody reading.</summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Memory for models in bytes; 0 = what the machine has, less a reserve.</summary>
    public long MemoryLimit { get; init; }

    /// <summary>Decode threads of a runner; 0 = the machine's cores.</summary>
    public int Threads { get; init; }

    /// <summary>Sequences that may decode together in one runner.</summary>
    public int Parallel { get; init; } = 8;

    /// <summary>Where models are computed when a request does not say: <c>auto</c> (a GPU that can be used, else the CPU), <c>cpu</c>, <c>cuda0</c>,
    /// ...</summary>
    public string Device { get; init; } = AutoDevice;

    /// <summary>Context of one sequence when a request does not say; 0 = the model's own, at most 8192.</summary>
    public int ContextLength { get; init; }
}
