using System.Text.Json.Serialization;
using Ilab.Runner.Contract.Training;

namespace Ilab.Runner.Contract.Bundles;

/// <summary>The task of a runner and its reserved memory: the <c>spec</c> file of a bundle, written before the process starts.</summary>
public sealed record RunnerSpec
{
    public const int ProtocolVersion = 1;

    /// <summary>More layers than any model has.</summary>
    public const int AllLayers = 999;

    public int Protocol { get; set; } = ProtocolVersion;

    /// <summary>The runner's task, one of <see cref="RunnerKinds"/>.</summary>
    public string Kind { get; set; } = RunnerKinds.Infer;

    /// <summary>12 hex digits, also the name of the bundle directory.</summary>
    public required string Id { get; init; }

    public required SpecModel Model { get; init; }

    /// <summary>A smaller model with the same vocabulary that guesses the next tokens of <see cref="Model"/>; null = none.</summary>
    public SpecModel? Draft { get; init; }

    /// <summary>User id of who had it started, for quotas; null = the service.</summary>
    public uint? Owner { get; init; }

    /// <summary>Tokens per sequence; 0 = the model's context length.</summary>
    public int ContextLength { get; init; }

    /// <summary>Generations that run at once.</summary>
    public int Parallel { get; set; } = 1;

    /// <summary>Tokens in the KV cache, shared by all sequences; 0 = a context for each.</summary>
    public int Cells { get; init; }

    /// <summary>Generations that may wait for a place; more are refused.</summary>
    public int Queue { get; set; } = 256;

    /// <summary>Directory for computed prompts of this model; null = none are kept.</summary>
    public string? Prompts { get; init; }

    /// <summary>Bytes for the computed prompts of all models.</summary>
    public long PromptBytes { get; init; }

    /// <summary>Whether greedy answers may compute tokens that are guessed.</summary>
    public bool Speculation { get; set; } = true;

    public int Threads { get; init; }

    /// <summary>Tokens submitted in one step.</summary>
    public int Batch { get; set; } = 512;

    /// <summary>Tokens computed in one step.</summary>
    public int MicroBatch { get; set; } = 512;

    /// <summary>Directory of the native libraries; null = next to the runner.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Directory for what was found out about this machine; null = it is forgotten.</summary>
    public string? Records { get; init; }

    /// <summary>Directory through which runners on the same cores take turns; null = no other runners.</summary>
    public string? Turns { get; init; }

    public AcceleratorSpec Accelerator { get; set; } = new();

    /// <summary>The training, for runners of kind <see cref="RunnerKinds.Train"/>; otherwise null.</summary>
    public TrainingSpec? Training { get; init; }

    /// <summary>Layers computed on <see cref="Device"/> when it is a GPU; <see cref="AllLayers"/> = the whole model.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Bytes of <see cref="Device"/> reserved for this runner.</summary>
    public long MemoryReserved { get; init; }

    /// <summary>Bytes of the weight files, which are memory-mapped.</summary>
    public long WeightBytes { get; init; }

    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; set; } = TrainingSpec.Cpu;

    /// <summary>Whether a GPU is used, at least in part.</summary>
    [JsonIgnore]
    public bool IsOnGpu => Device != TrainingSpec.Cpu;

    /// <summary>Whether all of the draft model is on the GPU: it is where any of the larger model is.</summary>
    public bool IsDraftOnGpu => IsOnGpu && GpuLayers > 0;

    /// <summary>Whether the CPU computes layers.</summary>
    [JsonIgnore]
    public bool UsesCpu => !IsOnGpu || GpuLayers < Layers;

    /// <summary>Bytes of host memory reserved in addition to GPU memory; 0 if <see cref="Device"/> is the CPU.</summary>
    public long HostMemoryReserved { get; init; }

    /// <summary>Layers of the model; 0 = unknown.</summary>
    public int Layers { get; init; }

    /// <summary>GPUs that were present but not used when this runner was started, and why; empty = none, or the CPU was requested.</summary>
    public string DeviceWarning { get; set; } = "";

    /// <summary>What the model's file says and the engine computes otherwise; empty = nothing.</summary>
    public string ModelWarning { get; set; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The boot id when it was written.</summary>
    public string BootId { get; set; } = "";

    /// <summary>Time that the idle model stays loaded, in milliseconds; negative = forever; null = the service's default.</summary>
    public long? KeepAliveMilliseconds { get; init; }

    /// <summary>Whether the model stays loaded until it is stopped.</summary>
    public bool IsPinned { get; init; }
}

/// <summary>Accelerator settings of a runner.</summary>
public sealed record AcceleratorSpec
{
    public const string Auto = "auto",
        Off = "off",
        Strict = "strict";

    /// <summary><c>auto</c>, <c>off</c>, or <c>strict</c>: the same numeric path for every batch size.</summary>
    public string Mode { get; set; } = Off;

    /// <summary>Embeddings and scores are computed as llama.cpp alone does, digit by digit; false = as text is generated, several times as fast.</summary>
    public bool ExactEmbeddings { get; init; }

    /// <summary>Memory limit for packed weights in bytes.</summary>
    public long Budget { get; init; }

    /// <summary>Directory of oneDNN; null = the system's library.</summary>
    public string? Directory { get; init; }

    /// <summary>Directory with records of measurements on this machine.</summary>
    public string? Records { get; init; }
}

/// <summary>The model of a <see cref="RunnerSpec"/>.</summary>
public sealed record SpecModel
{
    /// <summary><c>sha256:...</c> of a stored model; empty for a file outside the store.</summary>
    public string Digest { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>Absolute paths of the weight files, in order.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>Identifies the weights: the digest, or identity and state of the file.</summary>
    public string Key { get; set; } = "";
}
