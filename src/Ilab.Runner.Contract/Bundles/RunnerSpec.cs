using System.Text.Json.Serialization;
using Ilab.Runner.Contract.Training;

namespace Ilab.Runner.Contract.Bundles;

/// <summary>What a runner is to do, and what it takes of a device: the <c>spec</c> file of a bundle, written before the process starts.</summary>
public sealed record RunnerSpec
{
    public const int ProtocolVersion = 1;

    /// <summary>More layers than any model has.</summary>
    public const int AllLayers = 999;

    public int Protocol { get; set; } = ProtocolVersion;

    /// <summary>What the runner does, one of <see cref="RunnerKinds"/>.</summary>
    public string Kind { get; set; } = RunnerKinds.Infer;

    /// <summary>12 hex digits, also the name of the bundle folder.</summary>
    public required string Id { get; init; }

    public required SpecModel Model { get; init; }

    /// <summary>Tokens of one sequence; 0 = the model's own.</summary>
    public int ContextLength { get; init; }

    /// <summary>Sequences that decode together.</summary>
    public int Parallel { get; set; } = 1;

    public int Threads { get; init; }

    /// <summary>Tokens submitted in one step.</summary>
    public int Batch { get; set; } = 512;

    /// <summary>Tokens computed in one step.</summary>
    public int MicroBatch { get; set; } = 512;

    /// <summary>Folder with the native libraries; null = the runner looks beside itself.</summary>
    public string? NativeDirectory { get; init; }

    /// <summary>Folder by which runners on the same cores take turns; null = this one has them to itself.</summary>
    public string? Turns { get; init; }

    public AcceleratorSpec Accelerator { get; set; } = new();

    /// <summary>What to train, for runners of kind <see cref="RunnerKinds.Train"/>; null otherwise.</summary>
    public TrainingSpec? Training { get; init; }

    /// <summary>Layers computed on <see cref="Device"/> when it is a GPU; <see cref="AllLayers"/> = the whole model.</summary>
    public int GpuLayers { get; init; }

    /// <summary>Bytes of <see cref="Device"/> that belong to this runner.</summary>
    public long MemoryReserved { get; init; }

    /// <summary>Bytes of the weight files, which are mapped, not allocated.</summary>
    public long WeightBytes { get; init; }

    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; set; } = TrainingSpec.Cpu;

    /// <summary>A GPU computes, at least in part.</summary>
    [JsonIgnore]
    public bool IsOnGpu => Device != TrainingSpec.Cpu;

    /// <summary>The CPU computes layers.</summary>
    [JsonIgnore]
    public bool UsesCpu => !IsOnGpu || GpuLayers < Layers;

    /// <summary>Bytes of the CPU's memory that belong to this runner beside those of a GPU; 0 when <see cref="Device"/> is the CPU.</summary>
    public long HostMemoryReserved { get; init; }

    /// <summary>Layers that the model has; 0 = not known.</summary>
    public int Layers { get; init; }

    /// <summary>GPUs of the machine that were not used when this runner was started, and why; empty = none, or not using them was asked for.</summary>
    public string DeviceWarning { get; set; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The boot of the machine this was written in.</summary>
    public string BootId { get; set; } = "";

    /// <summary>How long the model stays when idle, in milliseconds; negative = for ever; null = the service's default.</summary>
    public long? KeepAliveMilliseconds { get; init; }
}

/// <summary>How a runner speeds up matrix products on the CPU.</summary>
public sealed record AcceleratorSpec
{
    public const string Auto = "auto",
        Off = "off",
        Strict = "strict";

    /// <summary><c>auto</c>, <c>off</c>, or <c>strict</c>: the same numeric path for every batch.</summary>
    public string Mode { get; set; } = Off;

    /// <summary>Bytes that packed weights may take.</summary>
    public long Budget { get; init; }

    /// <summary>Folder with oneDNN; null = the system's.</summary>
    public string? Directory { get; init; }

    /// <summary>Folder with the records of what was measured on this machine.</summary>
    public string? Records { get; init; }
}

/// <summary>The model of a <see cref="RunnerSpec"/>.</summary>
public sealed record SpecModel
{
    /// <summary><c>sha256:...</c> of a stored model; empty for a file outside the store.</summary>
    public string Digest { get; set; } = "";

    public string Name { get; set; } = "";

    /// <summary>Absolute paths of the weight files, first part first.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>What makes two requests mean the same weights: the digest, or identity and state of the file.</summary>
    public string Key { get; set; } = "";
}
