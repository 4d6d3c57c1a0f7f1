using System.Globalization;
using Ilab.Gguf;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>The checkpoints of a run: each a GGUF with values, moments and the place in the data. The newest that is whole is the one that counts.</summary>
internal sealed class CheckpointFolder(string directory, int keep)
{
    private const string Prefix = "step-";
    private const string Key = "ilab.training.";

    /// <exception cref="IOException">The disk is full; older checkpoints are untouched.</exception>
    /// <returns>The file.</returns>
    public string Save(Checkpoint state, ParameterSet parameters)
    {
        Directory.CreateDirectory(directory);
        var writer = new GgufWriter()
            .Add("general.type", "checkpoint")
            .Add("general.architecture", "ilab-training")
            .Add(Key + "identity", state.Identity)
            .Add(Key + "step", (uint)state.Step)
            .Add(Key + "epoch", (uint)state.Epoch)
            .Add(Key + "batch", (uint)state.Batch)
            .Add(Key + "tokens", (ulong)state.Tokens)
            .Add(Key + "event_bytes", (ulong)state.EventBytes);
        foreach (var parameter in parameters.All)
        {
            writer.Add(parameter.Name, parameter.Value).Add(parameter.Name + ".m", parameter.M).Add(parameter.Name + ".v", parameter.V);
        }

        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:D8}.gguf"));
        writer.WriteAtomically(path);
        foreach (var old in Files().SkipLast(Math.Max(1, keep)))
        {
            File.Delete(old);
        }

        return path;
    }

    /// <summary>Puts the newest checkpoint back.</summary>
    /// <param name="isFormer">Whether an identity is the same run's as an earlier version wrote it.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: it belongs to other data, another base or other options.</exception>
    public Checkpoint? Restore(ParameterSet parameters, string identity, Func<string, bool>? isFormer = null) =>
        Files().Count == 0 ? null : Restore(Files()[^1], parameters, identity, isFormer) with { Identity = identity };

    /// <param name="identity">Null = take its values whatever it was made with.</param>
    public static Checkpoint Restore(string path, ParameterSet parameters, string? identity, Func<string, bool>? isFormer = null)
    {
        try
        {
            var header = GgufFile.Read(path);
            using var file = File.OpenRead(path);
            var state = new Checkpoint(
                (int)Number("step"),
                (int)Number("epoch"),
                (int)Number("batch"),
                (long)Number("tokens"),
                (long)Number("event_bytes"),
                header.GetString(Key + "identity") ?? ""
            );
            if (identity is not null && state.Identity != identity && isFormer?.Invoke(state.Identity) != true)
            {
                throw new RunnerException(
                    RunnerErrors.InvalidArgument,
                    $"the checkpoint {Path.GetFileName(path)} belongs to a run with different data, base model or options"
                );
            }

            foreach (var parameter in parameters.All)
            {
                TensorFile.Load(header, file, parameter.Name, parameter.Value);
                TensorFile.Load(header, file, parameter.Name + ".m", parameter.M);
                TensorFile.Load(header, file, parameter.Name + ".v", parameter.V);
            }

            return state;

            ulong Number(string name) => header.GetUnsigned(Key + name) ?? throw new InvalidDataException($"{name} is missing");
        }
        catch (Exception exception) when (exception is GgufException or InvalidDataException or EndOfStreamException)
        {
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                identity is null
                    ? $"the initial checkpoint has a different base model, rank, layers or training type: {exception.Message}"
                    : $"the checkpoint {Path.GetFileName(path)} cannot be used: {exception.Message}"
            );
        }
    }

    private List<string> Files() => Directory.Exists(directory) ? [.. Directory.GetFiles(directory, Prefix + "*.gguf").Order(StringComparer.Ordinal)] : [];
}
