using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ilab.Posix.Files;

namespace Ilab.Runner.Inference.Steps;

/// <summary>
/// Keeps what steps of a model cost on this machine, so that the next process that loads it chooses well from its first step on. What does not belong to this
/// model, machine and build, or cannot be, is not used: it is measured anew.
/// </summary>
internal sealed class StepCostFile
{
    /// <summary>Steps after which it is worth writing.</summary>
    private const int WorthSaving = 64;

    private const int MostThreads = 1024;
    private const int MostRows = 1 << 16;
    private const double MostSeconds = 60;

    private readonly string _path;
    private readonly string _key;
    private long _saved;

    /// <param name="directory">Where such files are kept.</param>
    /// <param name="key">Everything that costs depend on, except the number of threads.</param>
    public StepCostFile(string directory, string key)
    {
        _key = key;
        _path = Path.Combine(directory, $"steps-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]}.json");
    }

    /// <summary>Tells a planner what is known.</summary>
    public void ReadInto(StepPlanner planner)
    {
        try
        {
            if (
                File.Exists(_path)
                && JsonSerializer.Deserialize(File.ReadAllBytes(_path), StepCostJson.Default.StepCostRecord) is { } record
                && record.Key == _key
                && record.Threads.All(static entry => entry.Key is > 0 and <= MostThreads && IsPossible(entry.Value))
            )
            {
                planner.Import(record.Threads);
            }
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            // Measured again, and written anew.
        }
    }

    /// <summary>Writes what a planner knows, if it has learned enough since the last time.</summary>
    public void Save(StepPlanner planner)
    {
        if (planner.Noted < _saved + WorthSaving)
        {
            return;
        }

        _saved = planner.Noted;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var record = new StepCostRecord { Key = _key, Threads = planner.Export() };
            AtomicFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(record, StepCostJson.Default.StepCostRecord));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next process measures again.
        }
    }

    private static bool IsPossible(KnownCosts? costs) =>
        costs is { Decoding: { } decoding, Checking: { } checking, Prompts: { } prompts, Mixed: { } mixed }
        && decoding
            .Concat(checking)
            .Concat(prompts)
            .Concat(mixed)
            .All(static entry => entry.Key is > 0 and <= MostRows && double.IsFinite(entry.Value) && entry.Value is > 0 and < MostSeconds);
}

internal sealed record StepCostRecord
{
    public string Key { get; set; } = "";

    public Dictionary<int, KnownCosts> Threads { get; set; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StepCostRecord))]
internal sealed partial class StepCostJson : JsonSerializerContext;
