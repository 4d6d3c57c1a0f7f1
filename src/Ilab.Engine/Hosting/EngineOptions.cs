namespace Ilab.Engine.Hosting;

/// <summary>Paths and settings of the engine. Filled in by the host; immutable afterwards.</summary>
public sealed record EngineOptions
{
    /// <summary>Chooses a device per model.</summary>
    public const string AutoDevice = "auto";

    /// <summary>Absolute path of the store: content, database and jobs (<c>content/ ilab.db jobs/</c>).</summary>
    public required string StoreDirectory { get; init; }

    /// <summary>Absolute path of the directory of sockets and runner bundles (<c>runners/&lt;id&gt;/</c>).</summary>
    public required string RuntimeDirectory { get; init; }

    /// <summary>Directory for what was found out about this machine.</summary>
    public string RecordsDirectory => Path.Combine(StoreDirectory, "machine");

    /// <summary>Directory through which runners on the same cores take turns.</summary>
    public string TurnsDirectory => Path.Combine(RuntimeDirectory, "turns");

    /// <summary>Path of the <c>ilab-runner</c> program.</summary>
    public required string RunnerPath { get; init; }

    /// <summary>Directory of the llama.cpp libraries; null = next to the runner.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Whether matrix multiplications on the CPU are accelerated.</summary>
    public AcceleratorMode Accelerator { get; init; }

    /// <summary>Whether embeddings are computed as llama.cpp alone does, digit by digit.</summary>
    public bool ExactEmbeddings { get; init; }

    /// <summary>Memory limit for the packed weights of a model in bytes.</summary>
    public long AcceleratorMemory { get; init; } = long.MaxValue;

    /// <summary>Directory of oneDNN; null = the system's library.</summary>
    public string? OneDnnDirectory { get; init; }

    /// <summary>Default time that an idle model stays loaded; negative = forever.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a generation continues without a reader.</summary>
    public TimeSpan OrphanGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Memory for models in bytes; 0 = the machine's memory minus a reserve.</summary>
    public long MemoryLimit { get; init; }

    /// <summary>Compute threads per runner; 0 = number of cores.</summary>
    public int Threads { get; init; }

    /// <summary>Generations that run at once, per runner.</summary>
    public int Parallel { get; init; } = 32;

    /// <summary>Generations that may wait for a place, per runner.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>Bytes on disk for computed prompts of models; 0 = none are kept.</summary>
    public long PromptCache { get; init; }

    /// <summary>Whether greedy answers may compute guessed tokens (see <c>docs/decisions/0021-speculation.md</c>).</summary>
    public bool Speculation { get; init; } = true;

    /// <summary>Default device for models: <c>auto</c> (a usable GPU, else the CPU), <c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; init; } = AutoDevice;

    /// <summary>Default context length per sequence; 0 = the model's, at most 8192.</summary>
    public int ContextLength { get; init; }
}
