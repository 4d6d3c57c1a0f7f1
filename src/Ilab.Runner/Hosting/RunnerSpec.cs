using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Training;

namespace Ilab.Runner.Hosting;

/// <summary>What to load and how: the bundle's <c>spec</c>, written by the service before this process started.</summary>
internal sealed record RunnerSpec
{
    public const int ProtocolVersion = 1;

    public int Protocol { get; set; }

    public string Kind { get; set; } = "";

    public string Id { get; set; } = "";

    public ModelFiles Model { get; set; } = new();

    /// <summary>Tokens of one sequence; 0 = the model's own.</summary>
    public int ContextLength { get; set; }

    public int Parallel { get; set; } = 1;

    public int Threads { get; set; }

    public int Batch { get; set; } = 512;

    public int MicroBatch { get; set; } = 512;

    /// <summary><c>cpu</c>, <c>cuda0</c>, ...</summary>
    public string Device { get; set; } = GgmlDevice.Cpu;

    /// <summary>Layers on <see cref="Device"/>; more than the model has = all of it.</summary>
    public int GpuLayers { get; set; }

    /// <summary>Layers that the model has; 0 = not known.</summary>
    public int Layers { get; set; }

    /// <summary>A GPU computes, at least in part.</summary>
    [JsonIgnore]
    public bool IsOnGpu => Device != GgmlDevice.Cpu;

    /// <summary>The CPU computes layers.</summary>
    [JsonIgnore]
    public bool UsesCpu => !IsOnGpu || GpuLayers < Layers;

    public string? NativeDirectory { get; set; }

    /// <summary>Folder of those that compute on the same cores; null = this process has them to itself.</summary>
    public string? Turns { get; set; }

    public AcceleratorSpec Accelerator { get; set; } = new();

    /// <summary>Of a runner that trains.</summary>
    public TrainingSpec? Training { get; set; }

    public static RunnerSpec Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), HostingJson.Default.RunnerSpec) ?? throw new JsonException("the spec is empty");
}

/// <summary>How matrix products on the CPU are sped up.</summary>
internal sealed record AcceleratorSpec
{
    public const string Off = "off";
    public const string Strict = "strict";

    /// <summary><c>auto</c>, <c>off</c>, or <c>strict</c>: the same numeric path for every batch.</summary>
    public string Mode { get; set; } = Off;

    /// <summary>Bytes that packed weights may take.</summary>
    public long Budget { get; set; }

    /// <summary>Folder with oneDNN; null = the system's.</summary>
    public string? Directory { get; set; }

    /// <summary>Folder where is kept what was found out about the machine.</summary>
    public string? Records { get; set; }
}

internal sealed record ModelFiles
{
    public string Digest { get; set; } = "";

    public string Name { get; set; } = "";

    public IReadOnlyList<string> Files { get; set; } = [];
}

/// <summary>The bundle's <c>ready.json</c>.</summary>
internal sealed record ReadyFile(int Protocol, int Pid, long StartTime, string BootId, string Socket, IReadOnlyList<string> Capabilities);

/// <summary>The bundle's <c>exit.json</c>.</summary>
internal sealed record ExitFile(int Code, int? Signal, string ErrorKind, string Message, DateTimeOffset EndedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunnerSpec))]
[JsonSerializable(typeof(ReadyFile))]
[JsonSerializable(typeof(ExitFile))]
internal sealed partial class HostingJson : JsonSerializerContext;
