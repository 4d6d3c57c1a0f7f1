using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Runner.Training;

/// <summary>One line of the event log; what does not belong to its type is left out.</summary>
internal sealed record TrainingEvent
{
    public const string Data = "data", Plan = "plan", Step = "step", Evaluation = "evaluation", Checkpoint = "checkpoint", Resumed = "resumed", Finished = "finished";

    /// <summary>One of the constants.</summary>
    public required string Type { get; init; }

    public DateTimeOffset Time { get; init; }

    /// <summary>Optimizer steps done.</summary>
    [JsonPropertyName("step")]
    public int? StepNumber { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public int? Steps { get; init; }

    public double? Epoch { get; init; }

    /// <summary>Mean over the learned tokens.</summary>
    public double? Loss { get; init; }

    public double? LearningRate { get; init; }

    /// <summary>Before it was clipped.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Without filling.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>Seen so far.</summary>
    public long? Tokens { get; init; }

    /// <summary>Seconds that are left.</summary>
    public double? Remaining { get; init; }

    /// <summary>Bytes: the most that this process had so far.</summary>
    public long? Memory { get; init; }

    /// <summary>For people.</summary>
    public string? Text { get; init; }

    public string? File { get; init; }

    public string? Digest { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrainingEvent))]
[JsonSerializable(typeof(TrainingSpec))]
internal sealed partial class TrainingJson : JsonSerializerContext;

/// <summary>The event log of a run: JSON Lines, which may be read while it grows.</summary>
internal sealed class EventLog(string path, TimeProvider time, Action<TrainingEvent>? told = null) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);

    public long Length => _file.Length;

    public void Add(TrainingEvent entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry with { Time = time.GetUtcNow() }, TrainingJson.Default.TrainingEvent);
        _file.Seek(0, SeekOrigin.End);
        _file.Write([.. line, (byte)'\n']);
        told?.Invoke(entry);
    }

    /// <summary>Forgets what was written after a checkpoint: it happens again.</summary>
    public void CutTo(long length) => _file.SetLength(Math.Min(length, _file.Length));

    public void Sync() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();
}
