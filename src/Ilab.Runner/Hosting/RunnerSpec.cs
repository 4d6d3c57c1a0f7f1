using System.Text.Json;
using System.Text.Json.Serialization;

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

    public int GpuLayers { get; set; }

    public string? NativeDirectory { get; set; }

    public static RunnerSpec Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), HostingJson.Default.RunnerSpec) ?? throw new JsonException("the spec is empty");
}

internal sealed record ModelFiles
{
    public string Digest { get; init; } = "";

    public string Name { get; init; } = "";

    public IReadOnlyList<string> Files { get; init; } = [];
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
