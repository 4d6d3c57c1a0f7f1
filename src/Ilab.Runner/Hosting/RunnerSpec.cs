using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Runner.Hosting;

/// <summary>What to load and how: the bundle's <c>spec</c>, written by the service before this process started.</summary>
internal sealed record RunnerSpec
{
    public const int ProtocolVersion = 1;

    public int Protocol { get; init; }

    public string Kind { get; init; } = "";

    public string Id { get; init; } = "";

    public ModelFiles Model { get; init; } = new();

    /// <summary>Tokens of one sequence; 0 = the model's own.</summary>
    public int ContextLength { get; init; }

    public int Parallel { get; init; } = 1;

    public int Threads { get; init; }

    public int Batch { get; init; } = 512;

    public int MicroBatch { get; init; } = 512;

    public int GpuLayers { get; init; }

    public string? NativeDirectory { get; init; }

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
