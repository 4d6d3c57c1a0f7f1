using System.Globalization;
using Ilab.Gguf;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Checkpoints;

/// <summary>
/// The checkpoints of a run: each is a GGUF file with parameters, optimizer moments and the position in the data. The latest complete one is used.
/// </summary>
internal sealed class CheckpointFolder(string directory, int keep)
{
    private const string Prefix = "step-";
    private const string Key = "ilab.training.";

    /// <exception cref="IOException">The disk is full; older checkpoints are untouched.</exception>
    /// <returns>Path of the file.</returns>
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

    /// <summary>Restores the latest checkpoint.</summary>
    /// <param name="isFormer">Whether an identity written by an earlier version belongs to the same run.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: it belongs to different data, a different base model or different options.</exception>
    public Checkpoint? Restore(ParameterSet parameters, string identity, Func<string, bool>? isFormer = null) =>
        Files().Count == 0 ? null : Restore(Files()[^1], parameters, identity, isFormer) with { Identity = identity };

    /// <param name="identity">Null = restore the parameters regardless of identity.</param>
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
